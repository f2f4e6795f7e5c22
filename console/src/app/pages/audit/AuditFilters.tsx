import { ChevronDown } from 'lucide-react'
import { useMembers } from '@/app/pages/member/queries'
import { SearchField } from '@/app/SearchField'
import { useMay } from '@/app/session'
import { Button, Popover, SelectField } from '@/ui'

import { ActionChoice } from './ActionChoice'
import style from './Audit.module.css'
import { type Filters, noFilters } from './entries'

type AuditFiltersProps = {
  filters: Filters
  actions: string[]
  change: (next: Partial<Filters>) => void
}

export function AuditFilters({ filters, actions, change }: AuditFiltersProps) {
  const chosen = filters.action ? filters.action.split(',') : []
  const isNarrowed = JSON.stringify(filters) !== JSON.stringify(noFilters)
  return (
    <search className={style.filters} aria-label="Filters">
      <SelectField
        label="Days"
        hideLabel
        value={filters.days}
        options={[
          { value: '1', label: 'Last day' },
          { value: '7', label: 'Last 7 days' },
          { value: '30', label: 'Last 30 days' },
          { value: '90', label: 'Last 90 days' },
        ]}
        onChange={days => change({ days })}
      />
      <Popover
        label="Choose actions"
        trigger={
          <Button>
            {chosen.length === 0
              ? 'All actions'
              : chosen.length === 1
                ? chosen[0]
                : `${chosen.length} actions`}
            <ChevronDown aria-hidden="true" />
          </Button>
        }
      >
        <ActionChoice
          actions={actions}
          chosen={chosen}
          onChange={next => change({ action: next.join(',') })}
        />
      </Popover>
      <ActorField value={filters.actor} onChange={actor => change({ actor })} />
      <SearchField
        label="Subject id"
        placeholder="Id of what was changed"
        value={filters.subject}
        onChange={subject => change({ subject })}
      />
      {isNarrowed && (
        <Button kind="ghost" onClick={() => change(noFilters)}>
          Clear
        </Button>
      )}
    </search>
  )
}

/** The members, and whoever else the address names: a key is chosen from one of its entries. */
function ActorField({ value, onChange }: { value: string; onChange: (actor: string) => void }) {
  const members = useMembers(useMay('members.read'))
  const options = [
    { value: '', label: 'Anyone' },
    ...(members.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
    { value: 'cli', label: 'Command line' },
    { value: 'system', label: 'System' },
  ]
  if (!options.some(option => option.value === value)) options.push({ value, label: value })
  return <SelectField label="Actor" hideLabel {...{ value, options, onChange }} />
}
