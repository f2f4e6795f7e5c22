import { useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { faultText } from '@/api/fault'
import { useForm } from '@/api/form'
import { useAdoptSession, useSession } from '@/app/session'
import { Button, LoadFault, Notice, Skeleton, TextField, toast } from '@/ui'
import { toSignIn } from './EndedLink'
import { NewPassword, passwordProblem } from './NewPassword'
import { useLeave } from './next'
import { aside, Visitor, VisitorForm } from './Visitor'

const TITLE = 'Reset the password'

export function ForgotPasswordPage() {
  const { data: session, error, refetch } = useSession()
  const [email, setEmail] = useState<string>()
  if (!session) {
    return (
      <Visitor title={TITLE} foot={toSignIn}>
        {error ? (
          <LoadFault error={error} onRetry={() => void refetch()} />
        ) : (
          <Skeleton lines={2} />
        )}
      </Visitor>
    )
  }
  if (!session.mail) return <WithoutMail />
  if (email === undefined) return <AskForCode onSent={setEmail} />
  return <UseCode email={email} onBack={() => setEmail(undefined)} />
}

const WithoutMail = () => (
  <Visitor
    title={TITLE}
    description="This server sends no mail, so it cannot send you a code."
    foot={toSignIn}
  >
    <p>
      Ask an owner or admin of your organization for a reset link: they make it on the Members page,
      behind your name.
    </p>
  </Visitor>
)

const mailCode = (email: string) =>
  unwrap(consoleApi.POST('/console/api/password-reset', { body: { email } }))

function AskForCode({ onSent }: { onSent: (email: string) => void }) {
  const form = useForm({ email: '' }, async values => {
    const email = values.email.trim()
    await mailCode(email)
    onSent(email)
  })
  return (
    <Visitor
      title={TITLE}
      description="We mail you a code of six digits. With it you set a new password."
      foot={toSignIn}
    >
      <VisitorForm onSubmit={form.submit}>
        {form.problem && <Notice tone="bad">{form.problem}</Notice>}
        <TextField
          label="E-mail"
          type="email"
          autoComplete="username"
          autoFocus
          required
          {...form.text('email')}
        />
        <Button kind="primary" type="submit" busy={form.busy}>
          Mail me a code
        </Button>
      </VisitorForm>
    </Visitor>
  )
}

function UseCode({ email, onBack }: { email: string; onBack: () => void }) {
  const adopt = useAdoptSession()
  const leave = useLeave()
  const form = useForm({ code: '', password: '' }, async ({ code, password }) => {
    const body = { email, code: code.trim(), password }
    await adopt(await unwrap(consoleApi.POST('/console/api/password-reset/confirm', { body })))
    leave()
  })
  const submit = () => {
    const problem = passwordProblem(form.values.password)
    if (problem) return form.setError('password', problem)
    return form.submit()
  }
  return (
    <Visitor
      title={TITLE}
      description={
        <>
          If <strong>{email}</strong> belongs to a member, a code is on its way. It is good for ten
          minutes.
        </>
      }
      foot={
        <>
          <SendAgain email={email} />
          <button type="button" onClick={onBack}>
            Another address
          </button>
          {toSignIn}
        </>
      }
    >
      <VisitorForm onSubmit={submit}>
        {form.problem && <Notice tone="bad">{form.problem}</Notice>}
        <input type="email" name="email" value={email} autoComplete="username" readOnly hidden />
        <TextField
          label="Code"
          help="Six digits, from the mail."
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={7}
          mono
          autoFocus
          required
          {...form.text('code')}
        />
        <NewPassword label="New password" {...form.text('password')} />
        <Button kind="primary" type="submit" busy={form.busy}>
          Set the password
        </Button>
        <p className={aside}>Every other browser where you are signed in is signed out.</p>
      </VisitorForm>
    </Visitor>
  )
}

function SendAgain({ email }: { email: string }) {
  const [busy, setBusy] = useState(false)
  const send = async () => {
    setBusy(true)
    try {
      await mailCode(email)
      toast('Asked for another code. The newest one counts.')
    } catch (error) {
      toast(faultText(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <button type="button" disabled={busy} onClick={() => void send()}>
      Mail another code
    </button>
  )
}
