import { useState } from 'react'
import type { Form } from '@/api/form'
import { Checkbox, Choices, Notice, SelectField, TextArea, TextField } from '@/ui'
import { Pairs } from '@/ui/Pairs'
import type { WebhookValues } from './form'
import style from './WebhookFields.module.css'
import { events, type WebhookEvent } from './webhook'

const kinds = [
  { value: 'default', label: 'Default', help: 'The event as JSON.' },
  { value: 'slack', label: 'Slack', help: 'One line of text, for a Slack incoming webhook.' },
  { value: 'custom', label: 'Custom', help: 'A body of your own with the event filled in.' },
]

const methods = ['POST', 'PUT', 'PATCH'].map(value => ({ value, label: value }))

/** Everything about a webhook that can be chosen. */
export function WebhookFields({ form }: { form: Form<WebhookValues> }) {
  const { values, set } = form
  const [isSet] = useState(
    () =>
      values.method !== 'POST' ||
      values.webhook_headers.length > 0 ||
      Boolean(values.group || values.webhook_description),
  )
  const isWrong = ['method', 'webhook_headers', 'group', 'webhook_description'].some(form.errorOf)
  return (
    <>
      <TextField
        label="URL"
        type="url"
        placeholder="https://api.example.com/hooks/trunnel"
        autoComplete="off"
        {...form.text('webhook_url')}
      />
      <Events
        chosen={values.webhook_events}
        error={form.errorOf('webhook_events')}
        onChange={chosen => set('webhook_events', chosen)}
      />
      <Choices
        label="Template"
        value={values.webhook_type}
        choices={kinds}
        error={form.errorOf('webhook_type')}
        onChange={kind => set('webhook_type', kind as WebhookValues['webhook_type'])}
      />
      {values.webhook_type === 'custom' && (
        <TextArea
          label="Body"
          mono
          rows={7}
          help="JSON or any text. {{event}}, {{event.event}}, {{event.slug}}, {{event.linked_account_id}} and {{linked_account_name}} are filled in."
          {...form.text('webhook_body')}
        />
      )}
      <details className={style.more} open={isSet || isWrong}>
        <summary>Method, headers, group and description</summary>
        <div className={style.stack}>
          <SelectField
            label="Method"
            value={values.method}
            options={methods}
            error={form.errorOf('method')}
            onChange={method => set('method', method as WebhookValues['method'])}
          />
          <Pairs
            label="Headers"
            help="Sent with every body; the same placeholders are filled in."
            noun="header"
            pairs={values.webhook_headers}
            error={form.errorOf('webhook_headers')}
            onChange={pairs => set('webhook_headers', pairs)}
          />
          <TextField
            label="Group"
            optional
            help="A grouping of your own."
            autoComplete="off"
            {...form.text('group')}
          />
          <TextField label="Description" optional {...form.text('webhook_description')} />
        </div>
      </details>
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
    </>
  )
}

type EventsProps = {
  chosen: WebhookEvent[]
  error?: string
  onChange: (chosen: WebhookEvent[]) => void
}

/** An event that is subscribed to but that nothing sends stays, and can be taken off. */
function Events({ chosen, error, onChange }: EventsProps) {
  const unsent = chosen.filter(name => !events.some(event => event.name === name))
  const offered = [
    ...events,
    ...unsent.map(name => ({ name, when: 'Nothing sends this in this version.' })),
  ]
  // In one order, so that off and on again is no change.
  const set = (name: WebhookEvent, on: boolean) =>
    onChange(
      offered.map(event => event.name).filter(one => (one === name ? on : chosen.includes(one))),
    )
  return (
    <fieldset className={style.events}>
      <legend>Events</legend>
      {offered.map(({ name, when }) => (
        <Checkbox
          key={name}
          label={name}
          help={when}
          checked={chosen.includes(name)}
          onChange={on => set(name, on)}
        />
      ))}
      {error && (
        <div className={style.error} role="alert">
          {error}
        </div>
      )}
    </fieldset>
  )
}
