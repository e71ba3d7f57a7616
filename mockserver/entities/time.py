"""stub"""
RULES = ()
