import { Badge, Button, Copyable, Dialog, Facts, fullTime, JsonBlock, Time } from '@/ui'
import style from './Audit.module.css'
import { type AuditEntry, type Filters, kindName } from './entries'
import { toneOf } from './tone'

type AuditDrawerProps = {
  entry?: AuditEntry
  onClose: () => void
  narrow: (next: Partial<Filters>) => void
}

/** The actor with what it is, unless its name says that already. */
function who({ actor_name, actor_kind }: AuditEntry): string {
  const kind = kindName(actor_kind)
  return kind === actor_name ? actor_name : `${actor_name} (${kind})`
}

/** Everything about one entry, and ways to see what belongs to it. */
export function AuditDrawer({ entry, onClose, narrow }: AuditDrawerProps) {
  return (
    <Dialog open={Boolean(entry)} onClose={onClose} side title={entry?.action ?? 'Entry'}>
      {entry && <Details entry={entry} narrow={narrow} />}
    </Dialog>
  )
}

function Details({ entry, narrow }: { entry: AuditEntry; narrow: AuditDrawerProps['narrow'] }) {
  const hasDetails = Object.keys(entry.details).length > 0
  return (
    <>
      <Facts
        facts={[
          [
            'Action',
            <Badge key="a" tone={toneOf(entry.action)}>
              {entry.action}
            </Badge>,
          ],
          [
            'When',
            <span key="w">
              {fullTime(new Date(entry.created_at))} (<Time at={entry.created_at} />)
            </span>,
          ],
          ['Who', who(entry)],
          ['Actor id', <Copyable key="ai" text={entry.actor} />],
          ['Subject', <Copyable key="s" text={entry.subject} />],
          ['Address', entry.address ? <Copyable key="ad" text={entry.address} /> : 'None noted'],
          ['Environment', entry.environment === 'live' ? 'Live' : 'Test'],
          ['Entry id', <Copyable key="i" text={entry.id} />],
        ]}
      />
      <div className={style.narrow}>
        <Button small onClick={() => narrow({ actor: entry.actor })}>
          Only this actor
        </Button>
        <Button small onClick={() => narrow({ subject: entry.subject })}>
          Only this subject
        </Button>
        <Button small onClick={() => narrow({ action: entry.action })}>
          Only this action
        </Button>
      </div>
      <h3>Details</h3>
      {hasDetails ? (
        <JsonBlock value={entry.details} label="Details of the entry" />
      ) : (
        <p className={style.quiet}>There is nothing more to it.</p>
      )}
    </>
  )
}
