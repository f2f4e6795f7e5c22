import { useState } from 'react'
import { useForm } from '@/api/form'
import { atField } from '@/api/nested'
import { Unsaved } from '@/app/Unsaved'
import { Badge, Button, Card, CodeBlock, Facts, toast } from '@/ui'
import { aliases, changesBetween, valuesIn } from './form'
import { WebhookFields } from './WebhookFields'
import { useChangeWebhook, type Webhook } from './webhook'

export function EditWebhook({ webhook, mayWrite }: { webhook: Webhook; mayWrite: boolean }) {
  const change = useChangeWebhook()
  const [start, setStart] = useState(() => valuesIn(webhook))
  const form = useForm(
    start,
    values => {
      const changes = changesBetween(start, values)
      return atField('webhook_headers', atField('webhook_events', change(webhook._id, changes)))
    },
    aliases,
  )
  const submit = async () => {
    if (!(await form.submit())) return
    setStart(form.values)
    toast('Saved')
  }
  if (!mayWrite) return <Shown webhook={webhook} />
  return (
    <form
      noValidate
      onSubmit={event => {
        event.preventDefault()
        void submit()
      }}
    >
      <Unsaved when={form.dirty && !form.busy} />
      <Card
        title="Settings"
        foot={
          <>
            {form.dirty && <Button onClick={() => form.reset()}>Discard</Button>}
            <Button type="submit" kind="primary" busy={form.busy} disabled={!form.dirty}>
              Save
            </Button>
          </>
        }
      >
        <WebhookFields form={form} />
      </Card>
    </form>
  )
}

/** For roles that may look only. */
function Shown({ webhook }: { webhook: Webhook }) {
  return (
    <Card title="Settings">
      <Facts
        facts={[
          [
            'Events',
            webhook.webhook_events.map(name => (
              <span key={name}>
                <Badge>{name}</Badge>{' '}
              </span>
            )),
          ],
          ['Template', webhook.webhook_type],
          ['Method', webhook.method],
          ['Group', webhook.group ?? 'None'],
          ['Description', webhook.webhook_description ?? 'None'],
        ]}
      />
      {webhook.webhook_type === 'custom' && (
        <CodeBlock text={valuesIn(webhook).webhook_body} label="Body" />
      )}
    </Card>
  )
}
