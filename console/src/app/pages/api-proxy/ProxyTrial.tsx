import { Play } from 'lucide-react'
import { useState } from 'react'
import type { Schema } from '@/api/client'
import { AccountField } from '@/app/AccountField'
import { curl } from '@/app/curl'
import { useUrlState } from '@/app/links'
import { useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import { Badge, Button, Card, CodeBlock, Confirm, Copyable, JsonBlock, Notice } from '@/ui'
import { type Answer, observe } from '../try-api/answer'
import { InputForm } from '../try-api/InputForm'
import { type Input, useInput } from '../try-api/input'
import style from './ApiProxy.module.css'
import type { ApiProxy } from './proxies'
import { type FieldRow, inputFields } from './values'

type ProxyTrialProps = {
  proxy: ApiProxy
  fields: FieldRow[]
  /** Saves first, so that what is tried is what is shown; false when that was refused. */
  beforeRun?: () => Promise<boolean>
}

/** Makes the request as one account and shows what was sent and what came back. */
export function ProxyTrial({ proxy, fields, beforeRun }: ProxyTrialProps) {
  const scope = useScope()
  const may = useMay('actions.run')
  const [{ account }, setState] = useUrlState({ account: '' })
  const input = inputFields(fields)
  const state = useInput(input)
  const [answer, setAnswer] = useState<Answer>()
  const [busy, setBusy] = useState(false)
  const [asking, setAsking] = useState(false)

  const run = async (values: Input) => {
    setBusy(true)
    if (!beforeRun || (await beforeRun())) {
      const next = await observe(() =>
        scope.api.POST('/api/v2/public/api-proxy/{id}/test', {
          params: { path: { id: proxy._id } },
          body: { linked_account_id: account, input: values },
        }),
      )
      if (next.field && next.message) state.setWrong({ field: next.field, problem: next.message })
      setAnswer(next)
    }
    setBusy(false)
  }
  const read = state.read()
  const start = () => {
    if (busy || !account) return
    if ('problem' in read) return state.setWrong(read)
    if (scope.environment === 'live') setAsking(true)
    else void run(read.input)
  }
  const command = curl({
    environment: scope.environment,
    method: 'POST',
    path: `/api/v2/public/api-proxy/${proxy.action_id}/execute`,
    account: account || 'customer-1',
    body: 'input' in read ? read.input : {},
  })
  return (
    <div className={style.trial}>
      <Card title="Test" description="The request is really made, as the account that you choose.">
        <form
          className={style.stack}
          noValidate
          onSubmit={event => {
            event.preventDefault()
            start()
          }}
        >
          <AccountField value={account} onChange={next => setState({ account: next })} />
          <InputForm fields={input} state={state} />
          {may ? (
            <div>
              <Button type="submit" kind="primary" busy={busy} disabled={!account}>
                {!busy && <Play aria-hidden="true" />} {beforeRun ? 'Save and test' : 'Test'}
              </Button>
            </div>
          ) : (
            <Notice>Your role may not make requests.</Notice>
          )}
        </form>
        {answer && <Outcome answer={answer} />}
        <h3>Calling it from your server</h3>
        <CodeBlock text={command} label="Calling it from your server" />
      </Card>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title="Make this request in Live?"
        action="Make the request"
        mild
        onConfirm={async () => {
          if ('input' in read) await run(read.input)
        }}
      >
        <p>
          <code>{proxy.action_id}</code> reaches your real API as <code>{account}</code>, who is a
          customer in Live.
        </p>
      </Confirm>
    </div>
  )
}

type Trial = Schema<'ApiProxyTrial'>

const isTrial = (answer: Answer): answer is Answer & { body: Trial } =>
  answer.ok && typeof answer.body === 'object' && answer.body !== null && 'answer' in answer.body

function Outcome({ answer }: { answer: Answer }) {
  const trial = isTrial(answer) ? answer.body : undefined
  const reply = trial?.answer
  const failed = reply && 'message' in reply ? reply : undefined
  const good = trial?.success ?? false
  const status = reply?.http_status
  return (
    <section className={style.stack} aria-label="Answer" aria-live="polite">
      <div className={style.outcome}>
        <h3>Answer</h3>
        <Badge tone={good ? 'good' : 'bad'} dot>
          {status ? `Your API: ${status}` : trial ? 'Not sent' : (answer.status ?? 'No answer')}
        </Badge>
        <span className={style.quiet}>{answer.milliseconds} ms</span>
        {answer.requestId && <Copyable text={answer.requestId} label="Copy request id" />}
      </div>
      {(failed ?? answer).message && (
        <Notice tone="bad">
          {(failed ?? answer).message}
          {failed?.line !== undefined && ` (line ${failed.line} of the script)`}
        </Notice>
      )}
      {reply?.data !== undefined && <JsonBlock value={reply.data} label="What came back" />}
      {trial?.curl && (
        <>
          <h3>What was sent</h3>
          <CodeBlock text={trial.curl} label="What was sent" />
        </>
      )}
      {trial && trial.console.length > 0 && (
        <>
          <h3>What the script said</h3>
          <CodeBlock
            text={trial.console.map(line => `${line.level}: ${line.text}`).join('\n')}
            label="What the script said"
          />
        </>
      )}
      {!trial && answer.body !== undefined && <JsonBlock value={answer.body} label="Answer body" />}
    </section>
  )
}
