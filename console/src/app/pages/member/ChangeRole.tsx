import { useQueryClient } from '@tanstack/react-query'
import { consoleApi, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { Button, Dialog, Notice, toast } from '@/ui'
import { type Member, membersKey } from './queries'
import { RoleChoices } from './RoleChoices'
import { roleLabel } from './roles'

export function ChangeRole({ member, onClose }: { member: Member; onClose: () => void }) {
  const client = useQueryClient()
  const form = useForm({ role: member.role }, async body => {
    const params = { path: { id: member.id } }
    await unwrap(consoleApi.PATCH('/console/api/member/{id}', { params, body }))
    await client.invalidateQueries({ queryKey: membersKey })
    toast(`${member.name} is ${roleLabel(body.role)} now`)
  })
  const submit = async () => {
    if (await form.submit()) onClose()
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Role of ${member.name}`}
      description="The new role holds at once, in every browser where they are signed in."
      onSubmit={() => void submit()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" busy={form.busy} disabled={!form.dirty}>
            Change role
          </Button>
        </>
      }
    >
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      <RoleChoices
        value={form.values.role}
        error={form.errorOf('role')}
        onChange={role => form.set('role', role)}
      />
    </Dialog>
  )
}
