import { useQueryClient } from '@tanstack/react-query'
import { consoleApi, unwrap } from '@/api/client'
import { useScope } from '@/app/scope'
import { useAdoptSession } from '@/app/session'
import { Confirm, toast } from '@/ui'
import { type Member, membersKey } from './queries'

type About = { member: Member; open: boolean; onClose: () => void }

/** Asks for the list again after a change. */
function useRenewMembers() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: membersKey })
}

export function UnlockMember({ member, open, onClose }: About) {
  const renew = useRenewMembers()
  const unlock = async () => {
    const params = { path: { id: member.id } }
    await unwrap(consoleApi.POST('/console/api/member/{id}/unlock', { params }))
    await renew()
    toast(`${member.name} can sign in again`)
  }
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Lift the lock of ${member.name}?`}
      action="Lift the lock"
      mild
      onConfirm={unlock}
    >
      <p>
        Signing in was locked because it failed three times in a row. Ask {member.name} first
        whether that was them; if not, somebody is trying passwords.
      </p>
    </Confirm>
  )
}

export function RemoveMember({ member, open, onClose }: About) {
  const { environment } = useScope()
  const renew = useRenewMembers()
  const remove = async () => {
    const params = { path: { id: member.id } }
    await unwrap(consoleApi.DELETE('/console/api/member/{id}', { params }))
    await renew()
    toast(`${member.name} is removed`)
  }
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Remove ${member.name}?`}
      action="Remove member"
      typed={environment === 'live' ? member.email : undefined}
      onConfirm={remove}
    >
      <p>
        {member.email} is signed out at once and cannot sign in any more. What they have made stays,
        in Test and in Live, and the audit log keeps their name. API keys that they have seen still
        work: rotate them where that matters.
      </p>
    </Confirm>
  )
}

export function TransferOwnership({ member, open, onClose }: About) {
  const renew = useRenewMembers()
  const adopt = useAdoptSession()
  const transfer = async () => {
    const params = { path: { id: member.id } }
    const body = { role: 'owner' as const }
    await unwrap(consoleApi.PATCH('/console/api/member/{id}', { params, body }))
    await Promise.all([renew(), adopt()])
    toast(`${member.name} is the owner now`)
  }
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Make ${member.name} the owner?`}
      action="Transfer ownership"
      typed={member.email}
      onConfirm={transfer}
    >
      <p>
        There is one owner. {member.name} becomes it, and you become an admin; only the new owner
        can reverse that. It holds for the whole organization, in Test and in Live.
      </p>
    </Confirm>
  )
}
