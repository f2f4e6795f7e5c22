import { consoleApi, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { FormCard } from '@/app/FormCard'
import { roleLabel } from '@/app/pages/member/roles'
import { useAdoptSession, useSignedIn } from '@/app/session'
import { Unsaved } from '@/app/Unsaved'
import { Button, Card, Copyable, Facts, Notice, Page, TextField, Time, toast } from '@/ui'
import { PasswordCard } from './PasswordCard'
import { TwoFactorCard } from './TwoFactorCard'

export function ProfilePage() {
  const { member } = useSignedIn()
  return (
    <Page
      title="Profile and sign-in"
      description="Your name, your password and your second factor."
      narrow
    >
      <NameCard />
      <PasswordCard />
      <TwoFactorCard />
      <Card title="Your membership">
        <Facts
          facts={[
            ['E-mail', <Copyable key="e" text={member.email} shown={member.email} />],
            ['Role', roleLabel(member.role)],
            ['Member id', <Copyable key="i" text={member.id} />],
            [
              'Last sign-in',
              member.last_sign_in_at ? <Time key="l" at={member.last_sign_in_at} /> : 'Not known',
            ],
            ['Member since', <Time key="c" at={member.created_at} />],
          ]}
        />
      </Card>
    </Page>
  )
}

function NameCard() {
  const { member } = useSignedIn()
  const adopt = useAdoptSession()
  const form = useForm({ name: member.name }, async body => {
    await unwrap(consoleApi.PATCH('/console/api/profile', { body }))
    await adopt()
    toast('Your name is saved')
  })
  return (
    <FormCard
      title="Name"
      description="The other members see it, also in the audit log."
      onSubmit={form.submit}
      foot={
        <Button kind="primary" type="submit" busy={form.busy} disabled={!form.dirty}>
          Save
        </Button>
      }
    >
      <Unsaved when={form.dirty} />
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      <TextField label="Name" hideLabel autoComplete="name" {...form.text('name')} />
    </FormCard>
  )
}
