// Scalar's mock server as its documentation shows it: node server.mjs BUNDLE PORT
import { readFileSync } from 'node:fs'
import { serve } from '@hono/node-server'
import { createMockServer } from '@scalar/mock-server'

const [, , bundle, port] = process.argv
const app = await createMockServer({ document: readFileSync(bundle, 'utf8') })
serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1' })
