import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { consoleApi, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { roleLabel } from '@/app/pages/member/roles'
import { useAdoptSession } from '@/app/session'
import { Button, Notice, TextField } from '@/ui'
import { LinkState } from './EndedLink'
import { NewPassword, passwordProblem } from './NewPassword'
import { useLeave } from './next'
import { Visitor, VisitorForm } from './Visitor'

const load = (token: string) =>
  unwrap(consoleApi.GET('/console/api/invitation-link/{token}', { params: { path: { token } } }))

type Invited = Awaited<ReturnType<typeof load>>

/** Where an invitation's link leads. */
export function InvitationPage() {
  const { token = '' } = useParams({ strict: false })
  const link = useQuery({
    queryKey: ['invitation-link', token],
    queryFn: () => load(token),
    refetchOnWindowFocus: false,
  })
  if (!link.data) {
    return (
      <LinkState
        title="Accept the invitation"
        error={link.error}
        onRetry={() => void link.refetch()}
        ended={
          <p>
            If you have accepted it before, sign in. Otherwise ask whoever invited you for a new
            link.
          </p>
        }
      />
    )
  }
  return <AcceptForm token={token} invited={link.data} />
}

function AcceptForm({ token, invited }: { token: string; invited: Invited }) {
  const adopt = useAdoptSession()
  const leave = useLeave()
  const form = useForm({ name: invited.name ?? '', password: '' }, async body => {
    const params = { path: { token } }
    const accepted = consoleApi.POST('/console/api/invitation-link/{token}', { params, body })
    await adopt(await unwrap(accepted))
    leave()
  })
  const submit = () => {
    const problem = passwordProblem(form.values.password)
    if (problem) return form.setError('password', problem)
    return form.submit()
  }
  return (
    <Visitor
      title={`Join ${invited.organization}`}
      description={
        <>
          You are invited as <strong>{roleLabel(invited.role)}</strong>. Choose a password and you
          are in.
        </>
      }
    >
      <VisitorForm onSubmit={submit}>
        {form.problem && <Notice tone="bad">{form.problem}</Notice>}
        <TextField
          label="E-mail"
          type="email"
          name="email"
          value={invited.email}
          autoComplete="username"
          readOnly
        />
        <TextField label="Your name" autoComplete="name" required {...form.text('name')} />
        <NewPassword {...form.text('password')} />
        <Button kind="primary" type="submit" busy={form.busy}>
          Join
        </Button>
      </VisitorForm>
    </Visitor>
  )
}
