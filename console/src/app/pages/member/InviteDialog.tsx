import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { Button, CodeBlock, Dialog, Notice, TextField } from '@/ui'
import { invitationsKey } from './queries'
import { RoleChoices } from './RoleChoices'
import type { Role } from './roles'

type Wanted = { email: string; name: string; role: Role }

const ask = (body: Wanted) =>
  unwrap(
    consoleApi.POST('/console/api/invitation', {
      // A name that was left empty is typed by whoever accepts.
      body: { ...body, name: body.name.trim() || undefined },
    }),
  )

type Made = Awaited<ReturnType<typeof ask>>

export function InviteDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const [made, setMade] = useState<Made>()
  const wanted: Wanted = { email: '', name: '', role: 'external' }
  const form = useForm(wanted, async values => {
    setMade(await ask(values))
    await client.invalidateQueries({ queryKey: invitationsKey })
  })
  if (made) return <Invited made={made} onClose={onClose} />
  return (
    <Dialog
      open
      onClose={onClose}
      title="Invite somebody"
      onSubmit={() => void form.submit()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" busy={form.busy}>
            Invite
          </Button>
        </>
      }
    >
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      <TextField
        label="E-mail"
        type="email"
        autoComplete="off"
        autoFocus
        required
        {...form.text('email')}
      />
      <TextField label="Name" optional autoComplete="off" {...form.text('name')} />
      <RoleChoices
        value={form.values.role}
        error={form.errorOf('role')}
        onChange={role => form.set('role', role)}
      />
    </Dialog>
  )
}

function Invited({ made, onClose }: { made: Made; onClose: () => void }) {
  const { email } = made.invitation
  return (
    <Dialog
      open
      onClose={onClose}
      keep
      title={`${email} is invited`}
      actions={
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      {made.mailed ? (
        <Notice tone="good" title={`The link was mailed to ${email}.`}>
          Should the mail not arrive, pass the same link on yourself. It is shown only now.
        </Notice>
      ) : (
        <Notice tone="warn" title="No mail was sent: pass this link on yourself.">
          It is shown only now. Whoever has it joins as {email}, so send it where nobody else reads.
        </Notice>
      )}
      <CodeBlock text={made.url} label="Invitation link" />
    </Dialog>
  )
}
