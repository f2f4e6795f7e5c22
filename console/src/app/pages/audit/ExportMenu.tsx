import { Download } from 'lucide-react'
import { useState } from 'react'
import { faultText } from '@/api/fault'
import { saveAnswer } from '@/app/download'
import { useScope } from '@/app/scope'
import { Button, Dialog, Menu, Notice } from '@/ui'
import { auditQuery, type Filters } from './entries'

/** What the filters show as a file; also what is not loaded into the page. */
export function ExportMenu({ filters }: { filters: Filters }) {
  const { appId, environment } = useScope()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const save = async (format: 'csv' | 'json') => {
    setBusy(true)
    const entries = Object.entries({ ...auditQuery(filters), format })
    const query = new URLSearchParams(entries.map(([name, value]) => [name, String(value)]))
    try {
      await saveAnswer(
        `/console/api/${appId}/${environment}/audit/export?${query.toString()}`,
        `audit-${environment}-${new Date().toISOString().slice(0, 10)}.${format}`,
      )
    } catch (error) {
      setProblem(faultText(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <Menu
        label="Export what the filters show"
        trigger={
          <Button busy={busy}>
            <Download aria-hidden="true" /> Export
          </Button>
        }
        entries={[
          { label: 'As CSV', onSelect: () => void save('csv') },
          { label: 'As JSON', onSelect: () => void save('json') },
        ]}
      />
      <Dialog
        open={problem !== undefined}
        onClose={() => setProblem(undefined)}
        title="The export has not worked"
      >
        <Notice tone="bad">{problem}</Notice>
      </Dialog>
    </>
  )
}
