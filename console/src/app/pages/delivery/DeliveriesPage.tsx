import { Page } from '@/ui'
import { DeliveryLog } from './DeliveryLog'

export const DeliveriesPage = () => (
  <Page
    title="Deliveries"
    description="Every notification to your webhooks: what was sent, and what came back."
  >
    <DeliveryLog />
  </Page>
)
