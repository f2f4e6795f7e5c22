import { consoleApi, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { FormCard } from '@/app/FormCard'
import { useAdoptSession, useMay, useSignedIn } from '@/app/session'
import { Unsaved } from '@/app/Unsaved'
import { Button, Card, Copyable, Facts, Notice, Page, TextField, Time, toast } from '@/ui'
import { AppCard } from './AppCard'

export function OrganizationPage() {
  const { organization, apps, version } = useSignedIn()
  const may = useMay('settings.write')
  if (!organization) return null
  return (
    <Page
      title="Organization"
      description="What is the same in Test and Live: the organization and its developer apps."
      narrow
    >
      {!may && <Notice>An owner or admin can change this. Your role lets you look at it.</Notice>}
      {may && <NameCard />}
      <Card title="About">
        <Facts
          facts={[
            ...(may ? [] : [['Name', organization.name] satisfies [string, string]]),
            ['Organization id', <Copyable key="id" text={organization.id} />],
            ['Created', <Time key="at" at={organization.created_at} />],
            ['Trunnel version', version],
          ]}
        />
      </Card>
      {apps.map(app => (
        <AppCard key={app.id} app={app} may={may} />
      ))}
    </Page>
  )
}

function NameCard() {
  const { organization } = useSignedIn()
  const adopt = useAdoptSession()
  const form = useForm({ name: organization?.name ?? '' }, async body => {
    await unwrap(consoleApi.PATCH('/console/api/organization', { body }))
    await adopt()
    toast('The organization is saved')
  })
  return (
    <FormCard
      title="Name"
      description="The name of your company or team; invitations show it."
      onSubmit={form.submit}
      foot={
        <Button kind="primary" type="submit" busy={form.busy} disabled={!form.dirty}>
          Save
        </Button>
      }
    >
      <Unsaved when={form.dirty} />
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      <TextField
        label="Organization name"
        hideLabel
        autoComplete="organization"
        {...form.text('name')}
      />
    </FormCard>
  )
}
