import { useTyped } from '@/app/useTyped'
import { SelectField, TextField } from '@/ui'
import { eventNames, useWebhooks } from '../webhook/webhook'
import style from './DeliveryLog.module.css'
import type { DeliveryFilter } from './delivery'

type DeliveryFiltersProps = {
  filter: DeliveryFilter
  hide?: 'webhook' | 'account'
  onChange: (next: Partial<DeliveryFilter>) => void
}

const states = [
  { value: '', label: 'Any state' },
  { value: 'pending', label: 'Pending' },
  { value: 'delivered', label: 'Delivered' },
  { value: 'failed', label: 'Failed' },
]

const events = [
  { value: '', label: 'Any event' },
  ...eventNames.map(name => ({ value: name, label: name })),
]

export function DeliveryFilters({ filter, hide, onChange }: DeliveryFiltersProps) {
  const [account, setAccount] = useTyped(filter.linked_account_id, text =>
    onChange({ linked_account_id: text.trim() }),
  )
  return (
    <search className={style.filters}>
      {hide !== 'account' && (
        <TextField
          label="Account id"
          hideLabel
          type="search"
          placeholder="Account id"
          value={account}
          onChange={setAccount}
        />
      )}
      {hide !== 'webhook' && (
        <WebhookFilter
          value={filter.webhook_id}
          onChange={webhook_id => onChange({ webhook_id })}
        />
      )}
      <SelectField
        label="State"
        hideLabel
        value={filter.state}
        options={states}
        onChange={state => onChange({ state })}
      />
      <SelectField
        label="Event"
        hideLabel
        value={filter.event}
        options={events}
        onChange={event => onChange({ event })}
      />
    </search>
  )
}

type WebhookFilterProps = { value: string; onChange: (id: string) => void }

/** A webhook that was deleted, or that the role may not see, stays choosable by its id. */
function WebhookFilter({ value, onChange }: WebhookFilterProps) {
  const known = (useWebhooks().data ?? []).map(webhook => ({
    value: webhook._id,
    label: webhook.webhook_url,
  }))
  const other = value && !known.some(option => option.value === value)
  const options = [
    { value: '', label: 'Any webhook' },
    ...known,
    ...(other ? [{ value, label: value }] : []),
  ]
  return (
    <SelectField label="Webhook" hideLabel value={value} options={options} onChange={onChange} />
  )
}
