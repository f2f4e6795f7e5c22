import { useParams } from '@tanstack/react-router'
import { Webhook as WebhookIcon } from 'lucide-react'
import { isFault } from '@/api/client'
import { A } from '@/app/links'
import { useMay } from '@/app/session'
import { Copyable, Empty, LoadFault, Page, Skeleton } from '@/ui'
import { DeliveryLog } from '../delivery/DeliveryLog'
import { DeleteWebhook } from './DeleteWebhook'
import { EditWebhook } from './EditWebhook'
import { RotateSecret } from './RotateSecret'
import { TestWebhook } from './TestWebhook'
import style from './WebhookPage.module.css'
import { Enabled } from './WebhooksPage'
import { useWebhook, type Webhook } from './webhook'

/** One webhook: what it is, whether it works, and what it was told. */
export function WebhookPage() {
  const { id = '' } = useParams({ strict: false })
  const query = useWebhook(id)
  const mayRead = useMay('webhooks.read')
  const back = <A to="/developer/webhooks">Webhooks</A>
  if (query.data) return <Known key={id} webhook={query.data} back={back} />
  return (
    <Page title="Webhook" back={back}>
      {!mayRead ? (
        <Empty icon={<WebhookIcon />} title="Your role may not see webhooks">
          An owner or admin can give you another role. See <A to="/settings/roles">Roles</A>.
        </Empty>
      ) : query.isPending ? (
        <Skeleton lines={6} />
      ) : isFault(query.error, 'RESOURCE_NOT_FOUND') ? (
        <Empty icon={<WebhookIcon />} title="There is no such webhook here">
          It may have been deleted, or be in the other environment.
        </Empty>
      ) : (
        <LoadFault error={query.error} onRetry={() => void query.refetch()} />
      )}
    </Page>
  )
}

function Known({ webhook, back }: { webhook: Webhook; back: React.ReactNode }) {
  const mayWrite = useMay('webhooks.write')
  const mayTest = useMay('deliveries.replay')
  return (
    <Page
      title={webhook.webhook_url}
      heading={<span className={style.url}>{webhook.webhook_url}</span>}
      back={back}
      description={<Copyable text={webhook._id} label="Copy the id" />}
      actions={<Enabled webhook={webhook} label={webhook.is_enabled ? 'Enabled' : 'Disabled'} />}
    >
      <EditWebhook webhook={webhook} mayWrite={mayWrite} />
      {mayTest && <TestWebhook webhook={webhook} />}
      {mayWrite && <RotateSecret webhook={webhook} />}
      <DeliveryLog webhookId={webhook._id} />
      {mayWrite && <DeleteWebhook webhook={webhook} />}
    </Page>
  )
}
