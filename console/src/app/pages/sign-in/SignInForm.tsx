import { type ReactNode, useCallback, useState } from 'react'
import { consoleApi, isFault, unwrap } from '@/api/client'
import { Fault } from '@/api/fault'
import { useForm } from '@/api/form'
import { useAdoptSession } from '@/app/session'
import { Button, Notice, PasswordField, TextField } from '@/ui'
import { CodeStep } from './CodeStep'
import { Locked } from './Locked'
import { VisitorForm } from './Visitor'

/**
 * E-mail and password first; the code only when the server asks for it. The children are other
 * ways in, which have no place beside the code.
 */
export function SignInForm({ children }: { children: ReactNode }) {
  const adopt = useAdoptSession()
  const [step, setStep] = useState<'password' | 'code'>('password')
  const [lockedUntil, setLockedUntil] = useState<number>()
  const form = useForm({ email: '', password: '', code: '' }, async values => {
    const { email, password } = values
    const code = step === 'code' ? values.code.trim() : undefined
    try {
      const body = { email: email.trim(), password, ...(code && { code }) }
      await adopt(await unwrap(consoleApi.POST('/console/api/sign-in', { body })))
    } catch (error) {
      if (isFault(error, 'TWO_FACTOR_REQUIRED')) return setStep('code')
      if (isFault(error, 'MEMBER_LOCKED') && error.retryAfterSeconds) {
        return setLockedUntil(Date.now() + error.retryAfterSeconds * 1000)
      }
      throw isFault(error, 'TWO_FACTOR_INVALID') ? atField(error, 'code') : error
    }
  })
  const unlock = useCallback(() => setLockedUntil(undefined), [])
  const back = () => {
    form.reset({ email: form.values.email, password: '', code: '' })
    setStep('password')
  }
  const send = () => {
    setLockedUntil(undefined)
    return form.submit()
  }
  const locked = lockedUntil && <Locked until={lockedUntil} onOver={unlock} />
  if (step === 'code') return <CodeStep form={form} locked={locked} onBack={back} onSubmit={send} />
  return (
    <VisitorForm onSubmit={send}>
      {children}
      {locked}
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      <TextField
        label="E-mail"
        type="email"
        autoComplete="username"
        autoFocus
        required
        {...form.text('email')}
      />
      <PasswordField
        label="Password"
        autoComplete="current-password"
        required
        {...form.text('password')}
      />
      <Button kind="primary" type="submit" busy={form.busy}>
        Sign in
      </Button>
    </VisitorForm>
  )
}

const atField = (fault: Fault, field: string) =>
  new Fault(fault.status, fault.code, fault.message, field, fault.requestId)
