import { useState } from 'react'
import { A } from '@/app/links'
import { Button, Dialog, Empty, LoadFault, SelectField, Skeleton } from '@/ui'
import { useApplications } from './account'

type PickConnectorProps = {
  accountId: string
  title: string
  action: string
  onPick: (slug: string) => void
  onClose: () => void
}

/** One of the connectors that are enabled in this environment. */
export function PickConnector({ accountId, title, action, onPick, onClose }: PickConnectorProps) {
  const query = useApplications(accountId)
  const [slug, setSlug] = useState('')
  const applications = query.data ?? []
  const picked = slug || applications[0]?.slug || ''
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      onSubmit={() => picked && onPick(picked)}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={!picked}>
            {action}
          </Button>
        </>
      }
    >
      {query.isPending ? (
        <Skeleton lines={2} />
      ) : query.isError ? (
        <LoadFault error={query.error} onRetry={() => void query.refetch()} />
      ) : applications.length === 0 ? (
        <Empty title="No connector is enabled">
          Enable one under <A to="/connectors">Connectors</A> first.
        </Empty>
      ) : (
        <SelectField
          label="Connector"
          value={picked}
          onChange={setSlug}
          options={applications.map(({ slug, name }) => ({ value: slug, label: name }))}
        />
      )}
    </Dialog>
  )
}
