import { RotateCcw } from 'lucide-react'
import { faultText } from '@/api/fault'
import { A } from '@/app/links'
import { useMay } from '@/app/session'
import {
  Badge,
  Button,
  CodeBlock,
  Copyable,
  Dialog,
  Facts,
  JsonBlock,
  LoadFault,
  Notice,
  Skeleton,
  Time,
  toast,
} from '@/ui'
import { accountPath } from '../account/accounts'
import style from './DeliverySide.module.css'
import { DeliveryState } from './DeliveryState'
import { type DeliveryDetail, useDelivery, useReplay } from './delivery'

type DeliverySideProps = { id: string; onOpen: (id: string) => void; onClose: () => void }

/** One delivery: what was sent, and what each attempt got back. */
export function DeliverySide({ id, onOpen, onClose }: DeliverySideProps) {
  const query = useDelivery(id)
  const replay = useReplay()
  const mayReplay = useMay('deliveries.replay')
  const again = () =>
    replay.mutate(id, {
      onSuccess: made => {
        toast('Sent again as a new delivery')
        onOpen(made.id)
      },
    })
  return (
    <Dialog
      open
      side
      onClose={onClose}
      title={query.data?.delivery.event ?? 'Delivery'}
      actions={
        query.data &&
        mayReplay && (
          <Button busy={replay.isPending} onClick={again}>
            <RotateCcw aria-hidden="true" /> Replay
          </Button>
        )
      }
    >
      {replay.isError && (
        <Notice tone="bad" title="It was not sent again.">
          {faultText(replay.error)}
        </Notice>
      )}
      {query.isPending ? (
        <Skeleton lines={6} />
      ) : query.data ? (
        <Detail detail={query.data} />
      ) : (
        <LoadFault error={query.error} onRetry={() => void query.refetch()} />
      )}
    </Dialog>
  )
}

function Detail({ detail: { delivery, request, attempts } }: { detail: DeliveryDetail }) {
  const { linked_account_id, next_attempt_at } = delivery
  return (
    <>
      <Facts
        facts={[
          ['State', <DeliveryState key="state" delivery={delivery} />],
          ['Delivery', <Copyable key="id" text={delivery.id} />],
          ['Message', <Copyable key="message" text={delivery.message_id} />],
          [
            'Webhook',
            <A
              key="webhook"
              className={style.link}
              to={`/developer/webhooks/${delivery.webhook_id}`}
            >
              {delivery.webhook_url}
            </A>,
          ],
          ...(linked_account_id
            ? ([
                [
                  'Account',
                  <A key="account" className={style.link} to={accountPath(linked_account_id)}>
                    {linked_account_id}
                  </A>,
                ],
              ] as [string, React.ReactNode][])
            : []),
          ['Created', <Time key="created" at={delivery.created_at} />],
          ...(delivery.state === 'pending' && next_attempt_at
            ? ([['Next attempt', <Time key="next" at={next_attempt_at} />]] as [
                string,
                React.ReactNode,
              ][])
            : []),
        ]}
      />
      <section className={style.part}>
        <h3>Request</h3>
        <CodeBlock
          label="Request line and headers"
          text={[
            `${request.method} ${request.url}`,
            ...request.headers.map(({ name, value }) => `${name}: ${value}`),
          ].join('\n')}
        />
        <JsonBlock value={request.body} label="Request body" />
      </section>
      <section className={style.part}>
        <h3>Attempts</h3>
        {attempts.length === 0 && <p className={style.quiet}>None yet.</p>}
        <ol className={style.attempts}>
          {attempts.map(attempt => (
            <AttemptEntry key={attempt.number} attempt={attempt} />
          ))}
        </ol>
      </section>
    </>
  )
}

function AttemptEntry({ attempt }: { attempt: DeliveryDetail['attempts'][number] }) {
  const { number, status, error, answer, duration_ms, at } = attempt
  const good = status !== null && status >= 200 && status < 300
  return (
    <li className={style.attempt}>
      <div className={style.line}>
        <span>
          Attempt {number}{' '}
          <Badge tone={good ? 'good' : 'bad'} dot>
            {status ?? 'No answer'}
          </Badge>
        </span>
        <span className={style.quiet}>
          {duration_ms.toLocaleString()} ms · <Time at={at} />
        </span>
      </div>
      {error && <p>{error}</p>}
      {answer && <JsonBlock value={answer} label={`Answer to attempt ${number}`} />}
    </li>
  )
}
