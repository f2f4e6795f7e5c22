import { Badge } from '@/ui'
import type { Delivery } from './delivery'

/** How a delivery stands, and what the receiver answered last. */
export function DeliveryState({ delivery }: { delivery: Delivery }) {
  const { state, last_status } = delivery
  const tone = state === 'delivered' ? 'good' : state === 'failed' ? 'bad' : 'warn'
  const name = state === 'delivered' ? 'Delivered' : state === 'failed' ? 'Failed' : 'Pending'
  return (
    <Badge tone={tone} dot>
      {name}
      {last_status !== null && ` · ${last_status}`}
    </Badge>
  )
}
