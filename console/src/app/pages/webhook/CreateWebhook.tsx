import { useState } from 'react'
import { unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { atField } from '@/api/nested'
import { useGo } from '@/app/links'
import { useScope } from '@/app/scope'
import { Button, Dialog } from '@/ui'
import { SecretOnce } from '@/ui/SecretOnce'
import { aliases, blankWebhook, changeOf } from './form'
import { SecretUse } from './SecretUse'
import { WebhookFields } from './WebhookFields'
import { useRefreshWebhooks } from './webhook'

type Made = { id: string; secret: string }

/** Registers a webhook; its secret is shown at the end, once. */
export function CreateWebhook({ onClose }: { onClose: () => void }) {
  const { api } = useScope()
  const go = useGo()
  const refresh = useRefreshWebhooks()
  const [made, setMade] = useState<Made>()
  const form = useForm(
    blankWebhook,
    async values => {
      const body = changeOf(values)
      const created = await atField(
        'webhook_headers',
        atField('webhook_events', unwrap(api.POST('/api/v2/public/webhook', { body }))),
      )
      setMade({ id: created._id, secret: created.webhook_secret })
      void refresh()
    },
    aliases,
  )
  if (made) {
    const done = () => {
      onClose()
      void go(`/developer/webhooks/${made.id}`)
    }
    return (
      <SecretOnce title="The webhook’s secret" secrets={[['Secret', made.secret]]} onClose={done}>
        <SecretUse />
      </SecretOnce>
    )
  }
  return (
    <Dialog
      open
      keep={form.dirty}
      onClose={onClose}
      title="Create webhook"
      onSubmit={() => void form.submit()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={form.busy}>
            Create webhook
          </Button>
        </>
      }
    >
      <WebhookFields form={form} />
    </Dialog>
  )
}
