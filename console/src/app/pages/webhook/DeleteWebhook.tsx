import { useState } from 'react'
import { unwrap } from '@/api/client'
import { useGo } from '@/app/links'
import { useScope } from '@/app/scope'
import { Button, Card, Confirm, toast } from '@/ui'
import { useRefreshWebhooks, type Webhook } from './webhook'

export function DeleteWebhook({ webhook }: { webhook: Webhook }) {
  const scope = useScope()
  const go = useGo()
  const refresh = useRefreshWebhooks()
  const [open, setOpen] = useState(false)
  const remove = async () => {
    const params = { path: { id: webhook._id } }
    await unwrap(scope.api.DELETE('/api/v2/public/webhook/{id}', { params }))
    toast('The webhook is deleted')
    void refresh()
    await go('/developer/webhooks')
  }
  return (
    <Card title="Delete webhook">
      <p>It is told nothing more, and what still waits for it is not sent.</p>
      <div>
        <Button kind="dangerQuiet" onClick={() => setOpen(true)}>
          Delete webhook
        </Button>
      </div>
      <Confirm
        open={open}
        onClose={() => setOpen(false)}
        title={`Delete this webhook in ${scope.environmentName}?`}
        action="Delete webhook"
        typed={scope.environment === 'live' ? new URL(webhook.webhook_url).host : undefined}
        onConfirm={remove}
      >
        <p>
          <code>{webhook.webhook_url}</code> is told nothing more. What still waits for it is not
          sent. To pause it, disable it instead.
        </p>
      </Confirm>
    </Card>
  )
}
