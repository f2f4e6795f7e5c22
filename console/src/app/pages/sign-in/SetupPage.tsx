import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { consoleApi, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { useAdoptSession } from '@/app/session'
import { Button, CodeBlock, Notice, TextField } from '@/ui'
import { LinkState } from './EndedLink'
import { NewPassword, passwordProblem } from './NewPassword'
import { useLeave } from './next'
import { Visitor, VisitorForm } from './Visitor'

/** The first page of a new server: whoever has its link becomes the owner. */
export function SetupPage() {
  const { token = '' } = useParams({ strict: false })
  const params = { path: { token } }
  const link = useQuery({
    queryKey: ['setup', token],
    queryFn: () => unwrap(consoleApi.GET('/console/api/setup/{token}', { params })),
    refetchOnWindowFocus: false,
  })
  if (!link.data) {
    return (
      <LinkState
        title="Set up Trunnel"
        error={link.error}
        onRetry={() => void link.refetch()}
        ended={
          <>
            <p>Make a new one in a terminal on the server:</p>
            <CodeBlock text="trunnel member setup-link" label="Make a new set-up link" />
          </>
        }
      />
    )
  }
  return <SetupForm token={token} organization={link.data.organization} />
}

function SetupForm({ token, organization }: { token: string; organization: string }) {
  const adopt = useAdoptSession()
  const leave = useLeave()
  const form = useForm({ name: '', email: '', password: '', organization }, async body => {
    const params = { path: { token } }
    const made = consoleApi.POST('/console/api/setup/{token}', { params, body })
    await adopt(await unwrap(made))
    leave()
  })
  const submit = () => {
    const problem = passwordProblem(form.values.password)
    if (problem) return form.setError('password', problem)
    return form.submit()
  }
  return (
    <Visitor
      title="Set up Trunnel"
      description="You become the owner of this organization. The others are invited later, on the Members page."
    >
      <VisitorForm onSubmit={submit}>
        {form.problem && <Notice tone="bad">{form.problem}</Notice>}
        <TextField
          label="Your name"
          autoComplete="name"
          autoFocus
          required
          {...form.text('name')}
        />
        <TextField
          label="E-mail"
          type="email"
          help="You sign in with it."
          autoComplete="username"
          required
          {...form.text('email')}
        />
        <NewPassword {...form.text('password')} />
        <TextField
          label="Organization"
          help="The name of your company or team; it can be changed later."
          autoComplete="organization"
          {...form.text('organization')}
        />
        <Button kind="primary" type="submit" busy={form.busy}>
          Become the owner
        </Button>
      </VisitorForm>
    </Visitor>
  )
}
