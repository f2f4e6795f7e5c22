import { type Pair, pairsOf, valuesOf } from '@/ui/Pairs'
import type { Webhook, WebhookChange, WebhookEvent } from './webhook'

export type WebhookValues = {
  webhook_url: string
  webhook_events: WebhookEvent[]
  webhook_type: Webhook['webhook_type']
  webhook_body: string
  webhook_headers: Pair[]
  method: Webhook['method']
  webhook_description: string
  group: string
}

/** What a custom body starts with. */
const TEMPLATE = `{
  "text": "{{linked_account_name}}: {{event.event}} ({{event.slug}})"
}`

export const blankWebhook: WebhookValues = {
  webhook_url: '',
  webhook_events: ['Connection Expired'],
  webhook_type: 'default',
  webhook_body: TEMPLATE,
  webhook_headers: [],
  method: 'POST',
  webhook_description: '',
  group: '',
}

export const valuesIn = (webhook: Webhook): WebhookValues => ({
  webhook_url: webhook.webhook_url,
  webhook_events: webhook.webhook_events,
  webhook_type: webhook.webhook_type,
  webhook_body: webhook.webhook_type === 'custom' ? textOf(webhook.webhook_body) : TEMPLATE,
  webhook_headers: pairsOf(webhook.webhook_headers),
  method: webhook.method,
  webhook_description: webhook.webhook_description ?? '',
  group: webhook.group ?? '',
})

const textOf = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body, null, 2))

/** A template that reads as JSON is one; anything else is sent as the text that it is. */
function bodyOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : text
  } catch {
    return text
  }
}

export const changeOf = (values: WebhookValues): WebhookChange => ({
  webhook_url: values.webhook_url.trim(),
  webhook_events: values.webhook_events,
  webhook_type: values.webhook_type,
  ...(values.webhook_type === 'custom' && { webhook_body: bodyOf(values.webhook_body) }),
  webhook_headers: valuesOf(values.webhook_headers),
  method: values.method,
  webhook_description: values.webhook_description.trim(),
  group: values.group.trim(),
})

/** Only what has changed, so that what others changed meanwhile stays. */
export function changesBetween(start: WebhookValues, values: WebhookValues): WebhookChange {
  const before = Object.entries(changeOf(start)).map(entry => JSON.stringify(entry))
  const after = Object.entries(changeOf(values))
  return Object.fromEntries(after.filter(entry => !before.includes(JSON.stringify(entry))))
}

/** Where the server's names of fields differ from the form's. */
export const aliases: Record<string, keyof WebhookValues & string> = {
  url: 'webhook_url',
  events: 'webhook_events',
  description: 'webhook_description',
}
