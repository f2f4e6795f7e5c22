import { RefreshCw, ScrollText } from 'lucide-react'
import { useState } from 'react'
import { useUrlState } from '@/app/links'
import { useScope } from '@/app/scope'
import { useSignedIn } from '@/app/session'
import { Button, Empty, LoadFault, Page, Skeleton } from '@/ui'
import { AuditDrawer } from './AuditDrawer'
import { AuditFilters } from './AuditFilters'
import { AuditTimeline } from './AuditTimeline'
import { ExportMenu } from './ExportMenu'
import { type AuditEntry, type Filters, noFilters, useAudit } from './entries'

/** What was done in this environment, by whom, newest first. */
export function AuditPage() {
  const { environment, environmentName } = useScope()
  const { apps } = useSignedIn()
  const [filters, change] = useUrlState<Filters>(noFilters)
  const audit = useAudit(filters)
  const [opened, setOpened] = useState<AuditEntry>()
  const entries = audit.data?.pages.flatMap(page => page.entries)
  const place = apps.length > 1 ? 'Live of the oldest app' : 'Live'
  const elsewhere =
    environment === 'test'
      ? ` What concerns the whole organization, such as signing in, is in ${place}.`
      : ''
  const narrow = (next: Partial<Filters>) => {
    setOpened(undefined)
    void change(next)
  }
  return (
    <Page
      title="Audit"
      description={`Who did what in ${environmentName}, newest first.${elsewhere}`}
      actions={
        <>
          <Button
            onClick={() => void audit.refetch()}
            busy={audit.isRefetching && !audit.isFetchingNextPage}
          >
            <RefreshCw aria-hidden="true" /> Refresh
          </Button>
          <ExportMenu filters={filters} />
        </>
      }
    >
      <AuditFilters
        filters={filters}
        actions={audit.data?.pages[0]?.actions ?? []}
        change={narrow}
      />
      {audit.error && !entries && (
        <LoadFault error={audit.error} onRetry={() => void audit.refetch()} />
      )}
      {audit.isPending && <Skeleton lines={6} />}
      {entries?.length === 0 && <NothingHere filters={filters} change={narrow} />}
      {entries && entries.length > 0 && (
        <>
          <AuditTimeline entries={entries} onOpen={setOpened} />
          <Older audit={audit} />
        </>
      )}
      <AuditDrawer entry={opened} onClose={() => setOpened(undefined)} narrow={narrow} />
    </Page>
  )
}

/** The end of what is loaded: more, or that there is no more. */
function Older({ audit }: { audit: ReturnType<typeof useAudit> }) {
  if (audit.isFetchNextPageError) {
    return <LoadFault error={audit.error} onRetry={() => void audit.fetchNextPage()} />
  }
  if (!audit.hasNextPage) return null
  return (
    <div>
      <Button busy={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
        Load older
      </Button>
    </div>
  )
}

function NothingHere({
  filters,
  change,
}: {
  filters: Filters
  change: (next: Partial<Filters>) => void
}) {
  const scope = useScope()
  const narrowed = filters.action || filters.actor || filters.subject
  if (narrowed) {
    return (
      <Empty
        icon={<ScrollText />}
        title="No entry matches"
        action={<Button onClick={() => change(noFilters)}>Clear the filters</Button>}
      >
        Look at more days, or leave a filter out.
      </Empty>
    )
  }
  const key = scope.environment === 'live' ? '$TRUNNEL_LIVE_KEY' : '$TRUNNEL_TEST_KEY'
  return (
    <Empty
      icon={<ScrollText />}
      title={filters.days === '1' ? 'Nothing was done today' : 'Nothing was done in these days'}
      command={`curl -X POST ${location.origin}/api/v2/public/linked-account \\
  -H "x-api-key: ${key}" -H "content-type: application/json" \\
  -d '{"linked_account_id": "acme-corp"}'`}
    >
      Every change by a member, an API key, a customer or the command line gets an entry here. A
      linked account that is created makes one.
    </Empty>
  )
}
