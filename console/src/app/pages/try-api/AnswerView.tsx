import { Badge, Copyable, JsonBlock, Notice } from '@/ui'
import type { Answer } from './answer'
import style from './Trial.module.css'

/** An answer: its status, how long it took, the id to quote, and the body as it came. */
export function AnswerView({ answer }: { answer: Answer }) {
  return (
    <section className={style.stack} aria-label="Answer" aria-live="polite">
      <div className={style.row}>
        <h3>Answer</h3>
        <Badge tone={answer.ok ? 'good' : 'bad'} dot>
          {answer.status ?? 'No answer'}
          {answer.ok ? ' Success' : ''}
        </Badge>
        <span className={style.quiet}>{answer.milliseconds} ms</span>
        {answer.requestId && <Copyable text={answer.requestId} label="Copy request id" />}
      </div>
      {answer.message && <Notice tone="bad">{answer.message}</Notice>}
      {answer.body !== undefined && <JsonBlock value={answer.body} label="Answer body" />}
    </section>
  )
}
