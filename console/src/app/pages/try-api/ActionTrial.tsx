import { useQuery } from '@tanstack/react-query'
import { Play } from 'lucide-react'
import { useState } from 'react'
import { unwrap } from '@/api/client'
import { curl } from '@/app/curl'
import { useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import { Button, CodeBlock, Confirm, LoadFault, Notice, Skeleton } from '@/ui'
import { AnswerView } from './AnswerView'
import { type Answer, observe } from './answer'
import { InputForm } from './InputForm'
import { type InputField, useInput } from './input'
import style from './Trial.module.css'

type ActionTrialProps = { slug: string; actionId: string; accountId: string; columns?: boolean }

/** Runs one action for one account: its fields, the answer, and the same call as a command. */
export function ActionTrial(props: ActionTrialProps) {
  const { slug, actionId, accountId } = props
  const scope = useScope()
  const fields = useQuery({
    queryKey: [...scope.key, 'action', slug, actionId, accountId],
    queryFn: () =>
      unwrap(
        scope.api.GET('/api/v2/integration-schema/{slug}/actions/{action_id}', {
          params: {
            path: { slug, action_id: actionId },
            header: { linked_account_id: accountId },
          },
        }),
      ),
    staleTime: 60_000,
  })
  if (fields.isPending) return <Skeleton />
  if (fields.isError) return <LoadFault error={fields.error} onRetry={() => fields.refetch()} />
  // Another action begins with an empty form.
  return <Runner key={`${slug}/${actionId}`} {...props} fields={fields.data} />
}

function Runner({
  slug,
  actionId,
  accountId,
  columns,
  fields,
}: ActionTrialProps & { fields: InputField[] }) {
  const scope = useScope()
  const may = useMay('actions.run')
  const state = useInput(fields)
  const [answer, setAnswer] = useState<Answer>()
  const [busy, setBusy] = useState(false)
  const [asking, setAsking] = useState(false)
  const path = { slug, action_id: actionId }

  const run = async (input: Record<string, unknown>) => {
    setBusy(true)
    const next = await observe(() =>
      scope.api.POST('/api/v2/integration-schema/{slug}/actions/{action_id}/execute', {
        params: { path, header: { linked_account_id: accountId } },
        body: input,
      }),
    )
    if (next.field && next.message) state.setWrong({ field: next.field, problem: next.message })
    setAnswer(next)
    setBusy(false)
  }
  const start = () => {
    if (busy) return
    const read = state.read()
    if ('problem' in read) return state.setWrong(read)
    if (scope.environment === 'live') setAsking(true)
    else void run(read.input)
  }
  const read = state.read()
  const command = curl({
    environment: scope.environment,
    method: 'POST',
    path: `/api/v2/integration-schema/${slug}/actions/${actionId}/execute`,
    account: accountId,
    body: 'input' in read ? read.input : {},
  })
  return (
    <div className={columns ? style.columns : style.stack}>
      <form
        className={style.stack}
        noValidate
        onSubmit={event => {
          event.preventDefault()
          start()
        }}
      >
        <InputForm fields={fields} state={state} />
        {may ? (
          <div>
            <Button type="submit" kind="primary" busy={busy}>
              {!busy && <Play aria-hidden="true" />} Run action
            </Button>
          </div>
        ) : (
          <Notice>Your role may look at actions, but not run them.</Notice>
        )}
      </form>
      <div className={style.stack}>
        {answer && <AnswerView answer={answer} />}
        <section className={style.stack}>
          <h3>The same call from a terminal</h3>
          <CodeBlock text={command} label="The same call from a terminal" />
        </section>
      </div>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title="Run this in Live?"
        action="Run action"
        mild
        onConfirm={async () => {
          if ('input' in read) await run(read.input)
        }}
      >
        <p>
          <code>{actionId}</code> is run at the real <code>{slug}</code> account of{' '}
          <code>{accountId}</code>, who is a customer in Live.
        </p>
      </Confirm>
    </div>
  )
}
