import { Send } from 'lucide-react'
import { useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { useUrlState } from '@/app/links'
import { useScope } from '@/app/scope'
import { Button, Card, Notice, SelectField } from '@/ui'
import { useRefreshDeliveries } from '../delivery/delivery'
import style from './WebhookPage.module.css'
import type { Webhook } from './webhook'

/** Sends a made-up message and shows what comes back. */
export function TestWebhook({ webhook }: { webhook: Webhook }) {
  const scope = useScope()
  const refresh = useRefreshDeliveries()
  const [, setPlace] = useUrlState({ delivery: '' })
  const [chosen, setChosen] = useState<string>()
  const names = webhook.webhook_events
  const event = names.find(name => name === chosen) ?? names[0]
  const form = useForm({}, async () => {
    const made = await unwrap(
      consoleApi.POST('/console/api/{app_id}/{environment}/webhook/{id}/test', {
        params: { path: { ...scope.path, id: webhook._id } },
        body: { event },
      }),
    )
    void refresh()
    void setPlace({ delivery: made.id })
  })
  return (
    <Card
      title="Test"
      description="Sends a made-up message of one of its events, signed like a real one."
    >
      <div className={style.row}>
        <SelectField
          label="Event"
          value={event ?? ''}
          options={names.map(name => ({ value: name, label: name }))}
          onChange={setChosen}
        />
        <Button busy={form.busy} onClick={() => void form.submit()}>
          <Send aria-hidden="true" /> Send a test
        </Button>
      </div>
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
    </Card>
  )
}
