"""A small bundle with everything that judges look at, and replies made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mockserver.bundle.loader import load_bundle
from mockserver.exchanges import Exchange, Reply, Request
from mockserver.probes.base import Contract, Fault, Judge
from mockserver.store.relations import infer_model

BUNDLE = """
openapi: 3.1.0
info: {title: Orders, version: '1'}
servers: [{url: https://orders.example/api}]
components:
  securitySchemes: {Bearer: {type: http, scheme: bearer}}
  schemas:
    Error:
      type: object
      required: [code, message]
      properties: {code: {type: string}, message: {type: string}}
    Base:
      type: object
      required: [id]
      properties:
        id: {type: integer, format: int32}
        key: {type: string, format: uuid}
    Order:
      allOf:
        - $ref: '#/components/schemas/Base'
        - type: object
          properties:
            state: {type: string, enum: [open, closed]}
            channel: {type: string, x-extensible-enum: [web, shop]}
            mood: {anyOf: [{type: string, enum: [good]}, {type: string}]}
            day: {type: string, format: date}
            placedAt: {type: [string, 'null'], format: date-time}
            seenOn: {type: string}
            amount: {type: number}
            unitPrice: {type: number, examples: [1.2345]}
            taxRate: {type: number}
            balance: {type: string, format: decimal}
            count: {type: integer}
            big: {type: integer, format: int64}
            email: {type: string, format: email}
            link: {type: string, format: uri}
            accessToken: {type: string}
            note: {type: string}
            password: {type: string, writeOnly: true}
            labels: {type: object, patternProperties: {'^x-': {type: string}}}
            extra: {type: object, additionalProperties: {type: string, format: date}}
            free: {type: object}
            party: {oneOf: [{$ref: '#/components/schemas/Person'}, {$ref: '#/components/schemas/Firm'}]}
            parts: {type: array, items: {$ref: '#/components/schemas/Order'}}
    Person: {type: object, properties: {kind: {const: person}, born: {type: string, format: date}}}
    Firm: {type: object, properties: {kind: {const: firm}, born: {type: string}, vat: {type: string}}}
paths:
  /orders:
    get:
      security: [{Bearer: []}]
      responses:
        '200':
          description: All
          headers:
            X-Total: {required: true, schema: {type: integer}}
          content:
            application/json:
              schema:
                type: object
                required: [orders]
                properties: {orders: {type: array, items: {$ref: '#/components/schemas/Order'}}}
        4XX: {description: No, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
      responses:
        '201': {description: Made, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        '400': {description: No, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
  /orders/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        '200': {description: One, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        default: {description: No, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
    delete:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {'204': {description: Gone}}
  /ping:
    get:
      responses: {'200': {description: Up, headers: {X-Load: {schema: {type: integer}}}}}
  /things#big:
    get:
      responses: {'200': {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Person'}}}}}
  /things#small:
    get:
      responses: {'200': {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Firm'}}}}}
"""

ONE = "GET /orders/{id}"
JSON = ("Content-Type", "application/json")


class Court:
    """Asks judges about replies made by hand."""

    def __init__(self, folder: Path) -> None:
        file = folder / "orders.yaml"
        file.write_text(BUNDLE, "utf-8")
        bundle = load_bundle(file, cache=False)
        self.contract = Contract(bundle, infer_model(bundle))
        self.operations = {operation.label: operation for operation in bundle.operations}

    def exchange(self, label: str, status: int, shown: Any, *headers: tuple[str, str], **request: Any) -> Exchange:
        """An exchange of an operation; a body that is no bytes is sent as JSON."""
        method, _, path = label.partition(" ")
        data = shown if isinstance(shown, bytes) else b"" if shown is None else json.dumps(shown).encode()
        given = headers if any(name == "Content-Type" for name, _ in headers) or not data else (*headers, JSON)
        asked = {"method": method, "target": path.partition("#")[0].replace("{id}", "7"), **request}
        took, url = asked.pop("took", 0.0), asked.pop("url", "")
        return Exchange("test", url, Request(**asked), Reply(status, given, data), operation=label, took=took)

    def faults(self, judge: Judge, label: str, status: int, shown: Any, *headers: Any, **request: Any) -> list[Fault]:
        """What a judge says of one reply."""
        exchange = self.exchange(label, status, shown, *headers, **request)
        return list(judge.run(self.contract, self.operations[label], exchange))

    def said(self, judge: Judge, label: str, status: int, shown: Any, *headers: Any, **request: Any) -> list[str]:
        """Its messages only."""
        return [fault.message for fault in self.faults(judge, label, status, shown, *headers, **request)]


def judge_of(judges: tuple[Judge, ...], code: str) -> Judge:
    """The judge of a code."""
    return next(judge for judge in judges if judge.code == code)
