import { type ReactNode, useState } from 'react'
import type { Form } from '@/api/form'
import { Button, Notice, TextField } from '@/ui'
import { spread, VisitorForm } from './Visitor'

type CodeStepProps = {
  form: Form<{ email: string; password: string; code: string }>
  locked: ReactNode
  onBack: () => void
  onSubmit: () => unknown
}

/** The second step of signing in, for those who have two-factor. */
export function CodeStep({ form, locked, onBack, onSubmit }: CodeStepProps) {
  const [recovery, setRecovery] = useState(false)
  const other = () => {
    form.set('code', '')
    setRecovery(!recovery)
  }
  return (
    <VisitorForm onSubmit={onSubmit}>
      {locked}
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      <p>
        Signing in as <strong>{form.values.email}</strong>
      </p>
      {recovery ? (
        <TextField
          key="recovery"
          label="Recovery code"
          help="One of the codes you saved when you set up two-factor. Each works once."
          autoComplete="off"
          mono
          autoFocus
          {...form.text('code')}
        />
      ) : (
        <TextField
          key="code"
          label="One-time code"
          help="Six digits from your authenticator app."
          autoComplete="one-time-code"
          inputMode="numeric"
          maxLength={7}
          mono
          autoFocus
          {...form.text('code')}
        />
      )}
      <Button kind="primary" type="submit" busy={form.busy} disabled={!form.values.code.trim()}>
        Sign in
      </Button>
      <div className={spread}>
        <Button kind="ghost" small onClick={onBack}>
          Back
        </Button>
        <Button kind="ghost" small onClick={other}>
          {recovery ? 'Use the authenticator app' : 'Use a recovery code'}
        </Button>
      </div>
    </VisitorForm>
  )
}
