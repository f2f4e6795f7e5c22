import { useState } from 'react'
import { consoleApi, type Schema, unwrap } from '@/api/client'
import { faultText } from '@/api/fault'
import { useForm } from '@/api/form'
import { FormCard } from '@/app/FormCard'
import { useAdoptSession } from '@/app/session'
import { Unsaved } from '@/app/Unsaved'
import { Button, Card, Copyable, Facts, Notice, Switch, TextField, Time, toast } from '@/ui'

type App = Schema<'ConsoleApp'>
type Change = { name?: string; reveal_keys?: boolean }

/** One developer app: its name, its ids, and whether its keys may be looked at. */
export function AppCard({ app, may }: { app: App; may: boolean }) {
  const adopt = useAdoptSession()
  const change = async (body: Change) => {
    const params = { path: { app_id: app.id } }
    await unwrap(consoleApi.PATCH('/console/api/app/{app_id}', { params, body }))
    await adopt()
    toast('The app is saved')
  }
  const form = useForm({ name: app.name }, change)
  const facts: [string, React.ReactNode][] = [
    ['App id', <Copyable key="id" text={app.id} />],
    ['Created', <Time key="at" at={app.created_at} />],
  ]
  const title = `App ${app.name}`
  if (!may) {
    return (
      <Card title={title}>
        <Facts
          facts={[
            ...facts,
            ['Keys can be revealed', app.reveal_keys ? 'Yes, by who may' : 'No, by nobody'],
          ]}
        />
      </Card>
    )
  }
  return (
    <FormCard
      title={title}
      description="It holds the API keys, the connectors' settings and the linked accounts of Test and Live."
      onSubmit={form.submit}
      foot={
        <Button kind="primary" type="submit" busy={form.busy} disabled={!form.dirty}>
          Save name
        </Button>
      }
    >
      <Unsaved when={form.dirty} />
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      <TextField label="App name" {...form.text('name')} />
      <RevealKeys app={app} change={change} />
      <Facts facts={facts} />
    </FormCard>
  )
}

/** Takes effect at once, not with the form's Save. */
function RevealKeys({ app, change }: { app: App; change: (body: Change) => Promise<void> }) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const set = async (reveal_keys: boolean) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await change({ reveal_keys })
    } catch (error) {
      setProblem(faultText(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Switch
      label="API keys can be revealed"
      help={
        app.reveal_keys
          ? 'Owners, admins and developers can see a key in the clear on the Credentials page, in Live with their password; the audit log says who did. Turned off, a key is seen only in the moment it is made.'
          : 'Nobody sees a key in the clear, except in the moment it is made. A key that got lost is replaced on the Credentials page.'
      }
      checked={app.reveal_keys}
      disabled={busy}
      error={problem}
      onChange={value => void set(value)}
    />
  )
}
