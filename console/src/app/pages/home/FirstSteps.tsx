import { Link } from '@tanstack/react-router'
import { CircleCheck } from 'lucide-react'
import { useScope } from '@/app/scope'
import { Badge, buttonClass, Card, CodeBlock, LoadFault, Skeleton } from '@/ui'
import style from './Home.module.css'
import { type Step, useSteps } from './steps'

/** The checklist of a first day. When all is done it takes no more room than a line. */
export function FirstSteps() {
  const { environmentName } = useScope()
  const { steps, error, retry } = useSteps()
  if (!steps) {
    return (
      <Card title="First steps" flush={!error}>
        {error ? <LoadFault error={error} onRetry={retry} /> : <Skeleton lines={5} />}
      </Card>
    )
  }
  const done = steps.filter(step => step.done).length
  if (done === steps.length) {
    return (
      <p className={style.allDone}>
        <CircleCheck aria-hidden="true" /> The first steps in {environmentName} are all done.
      </p>
    )
  }
  const next = steps.find(step => !step.done)
  return (
    <Card
      title="First steps"
      actions={
        <Badge>
          {done} of {steps.length} done
        </Badge>
      }
      flush
    >
      <ol className={style.steps}>
        {steps.map((step, at) => (
          <StepRow key={step.name} step={step} number={at + 1} next={step === next} />
        ))}
      </ol>
    </Card>
  )
}

/** The next step has its command open; the others are a line each. */
function StepRow({ step, number, next }: { step: Step; number: number; next: boolean }) {
  const { base } = useScope()
  const [path = '', query = ''] = step.to.split('?')
  return (
    <li className={style.step} data-done={step.done || undefined}>
      <span className={style.mark} aria-hidden="true">
        {step.done ? <CircleCheck /> : <span className={style.number}>{number}</span>}
      </span>
      <div className={style.stepText}>
        <h3>
          {step.name}
          <span className="visually-hidden">{step.done ? ' (done)' : ' (to do)'}</span>
        </h3>
        <p>{step.detail}</p>
      </div>
      {!step.done && (
        <Link
          to={base + path}
          search={Object.fromEntries(new URLSearchParams(query))}
          className={buttonClass({ small: true, kind: next ? 'primary' : 'secondary' })}
        >
          {step.label}
        </Link>
      )}
      {next && step.command && (
        <div className={style.command}>
          <CodeBlock text={step.command} label={`${step.name} from a terminal`} />
        </div>
      )}
    </li>
  )
}
