import { Crown, KeyRound, LockOpen, UserCog, UserMinus } from 'lucide-react'
import { useState } from 'react'
import { useMay, useSignedIn } from '@/app/session'
import { Menu, type MenuEntry } from '@/ui'
import { ChangeRole } from './ChangeRole'
import { RemoveMember, TransferOwnership, UnlockMember } from './MemberConfirms'
import type { Member } from './queries'
import { ResetLink } from './ResetLink'

type Opened = 'role' | 'unlock' | 'reset' | 'remove' | 'transfer'

/** What may be done with a member. The owner is changed only by making another one. */
export function MemberMenu({ member }: { member: Member }) {
  const me = useSignedIn().member
  const mayTransfer = useMay('organization.transfer')
  const [opened, setOpened] = useState<Opened>()
  const close = () => setOpened(undefined)
  const isOwner = member.role === 'owner'
  const isMe = member.id === me.id
  const locked = member.locked_until && new Date(member.locked_until) > new Date()

  const entries: (MenuEntry | false | null | '')[] = [
    !isOwner &&
      !isMe && { label: 'Change role', icon: <UserCog />, onSelect: () => setOpened('role') },
    locked && { label: 'Lift the lock', icon: <LockOpen />, onSelect: () => setOpened('unlock') },
    !isOwner &&
      !isMe && {
        label: 'Make a reset link',
        icon: <KeyRound />,
        onSelect: () => setOpened('reset'),
      },
    mayTransfer &&
      !isOwner && { label: 'Make owner', icon: <Crown />, onSelect: () => setOpened('transfer') },
    !isOwner && !isMe && 'separator',
    !isOwner &&
      !isMe && {
        label: 'Remove',
        icon: <UserMinus />,
        danger: true,
        onSelect: () => setOpened('remove'),
      },
  ]
  const offered = entries.filter((entry): entry is MenuEntry => Boolean(entry))
  if (offered.length === 0) return null
  return (
    <>
      <Menu label={`Actions for ${member.name}`} entries={offered} />
      {opened === 'role' && <ChangeRole member={member} onClose={close} />}
      {opened === 'reset' && <ResetLink member={member} onClose={close} />}
      <UnlockMember member={member} open={opened === 'unlock'} onClose={close} />
      <RemoveMember member={member} open={opened === 'remove'} onClose={close} />
      <TransferOwnership member={member} open={opened === 'transfer'} onClose={close} />
    </>
  )
}
