import { consoleApi, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { FormCard } from '@/app/FormCard'
import { NewPassword, passwordProblem } from '@/app/pages/sign-in/NewPassword'
import { useSignedIn } from '@/app/session'
import { Unsaved } from '@/app/Unsaved'
import { Button, Notice, PasswordField, toast } from '@/ui'

const nothing = { current: '', password: '' }

export function PasswordCard() {
  const { member } = useSignedIn()
  const form = useForm(nothing, body =>
    unwrap(consoleApi.POST('/console/api/profile/password', { body })),
  )
  const submit = async () => {
    const problem = passwordProblem(form.values.password)
    if (problem) return form.setError('password', problem)
    if (!(await form.submit())) return
    form.reset(nothing)
    toast('Your password is changed; your other sessions have ended')
  }
  return (
    <FormCard
      title="Password"
      description="When it is changed, every other browser where you are signed in is signed out."
      onSubmit={submit}
      foot={
        <Button kind="primary" type="submit" busy={form.busy} disabled={!form.dirty}>
          Change password
        </Button>
      }
    >
      <Unsaved when={form.dirty} />
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      {/* Tells a password manager whose password this is. */}
      <input type="email" value={member.email} autoComplete="username" readOnly hidden />
      <PasswordField
        label="Current password"
        autoComplete="current-password"
        {...form.text('current')}
      />
      <NewPassword label="New password" {...form.text('password')} />
    </FormCard>
  )
}
