import { useQuery } from '@tanstack/react-query'
import { Plug, Search } from 'lucide-react'
import { useDeferredValue, useEffect, useMemo, useState } from 'react'
import { useUrlState } from '@/app/links'
import { useScope } from '@/app/scope'
import { catalogueQuery } from '@/app/shell/Palette'
import {
  Button,
  Card,
  Empty,
  LoadFault,
  Page,
  Segmented,
  SelectField,
  Skeleton,
  TextField,
} from '@/ui'
import { ConnectorGrid } from './ConnectorGrid'
import style from './Connectors.module.css'
import { findConnectors } from './search'
import { type CatalogueEntry, categoryName } from './words'

/** The whole catalogue, found by typing. */
export function ConnectorsPage() {
  const scope = useScope()
  const catalogue = useQuery(catalogueQuery(scope))
  return (
    <Page
      title="Connectors"
      description={`The apps that your customers can connect. What is enabled here counts for ${scope.environmentName} only.`}
    >
      {catalogue.isPending && (
        <Card flush>
          <Skeleton lines={6} />
        </Card>
      )}
      {catalogue.isError && (
        <LoadFault error={catalogue.error} onRetry={() => catalogue.refetch()} />
      )}
      {catalogue.isSuccess && <Catalogue {...catalogue.data} />}
    </Page>
  )
}

type CatalogueProps = { connectors: CatalogueEntry[]; categories: string[] }

function Catalogue({ connectors, categories }: CatalogueProps) {
  const [filters, setFilters] = useUrlState({ search: '', category: '', state: '' })
  const [search, setSearch] = useTyped(filters.search, text => setFilters({ search: text }))
  const { category, state } = filters
  const wanted = useDeferredValue(search)
  const found = useMemo(
    () => findConnectors(connectors, { search: wanted, category, state }),
    [connectors, wanted, category, state],
  )
  const clear = () => {
    setSearch('')
    void setFilters({ search: '', category: '', state: '' })
  }
  const count = (name: CatalogueEntry['state']) =>
    connectors.filter(entry => entry.state === name).length
  return (
    <>
      <div className={style.filters}>
        <div className={style.search}>
          <Search aria-hidden="true" />
          <TextField
            type="search"
            label="Search connectors"
            hideLabel
            placeholder={`Search ${connectors.length} connectors`}
            value={search}
            onChange={setSearch}
          />
        </div>
        <SelectField
          label="Category"
          hideLabel
          value={category}
          onChange={next => setFilters({ category: next })}
          options={[
            { value: '', label: 'All categories' },
            ...categories.map(name => ({ value: name, label: categoryName(name) })),
          ]}
        />
        <Segmented
          label="State"
          value={state}
          onChange={next => setFilters({ state: next })}
          segments={[
            { value: '', label: 'All' },
            { value: 'enabled', label: <>Enabled {count('enabled')}</> },
            { value: 'incomplete', label: <>Incomplete {count('incomplete')}</> },
          ]}
        />
      </div>
      <p className={style.count} aria-live="polite">
        {found.length === 1 ? '1 connector' : `${found.length} connectors`}
      </p>
      {found.length > 0 ? (
        <ConnectorGrid entries={found} />
      ) : (
        <NoneFound state={state} searched={wanted !== '' || category !== ''} onClear={clear} />
      )}
    </>
  )
}

/** What is typed shows at once; the address follows when the typing rests. */
function useTyped(initial: string, onRest: (text: string) => void) {
  const [text, setText] = useState(initial)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is typed starts the wait
  useEffect(() => {
    if (text === initial) return
    const timer = setTimeout(() => onRest(text), 300)
    return () => clearTimeout(timer)
  }, [text])
  return [text, setText] as const
}

type NoneFoundProps = { state: string; searched: boolean; onClear: () => void }

function NoneFound({ state, searched, onClear }: NoneFoundProps) {
  const { environmentName } = useScope()
  const nothingYet = !searched && state === 'enabled'
  const title = nothingYet
    ? `Nothing is enabled in ${environmentName} yet`
    : !searched && state === 'incomplete'
      ? 'Nothing is incomplete'
      : 'No connector matches'
  return (
    <Card flush>
      <Empty
        icon={<Plug aria-hidden="true" />}
        title={title}
        action={<Button onClick={onClear}>Show all connectors</Button>}
      >
        {nothingYet
          ? 'Open a connector and enable it. Your customers see enabled connectors only.'
          : searched
            ? 'Try fewer letters or another category. An app that is not in the catalogue can be added as a custom app through the API.'
            : 'Every connector that is enabled can be connected by customers.'}
      </Empty>
    </Card>
  )
}
