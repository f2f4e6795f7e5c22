import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '@/app/session'
import { Button, LoadFault, Page, Skeleton } from '@/ui'
import { InvitationList } from './InvitationList'
import { InviteDialog } from './InviteDialog'
import { MemberList } from './MemberList'
import { useMembers } from './queries'

/** Who belongs to the organization, and who is asked to. */
export function MembersPage() {
  const members = useMembers()
  const may = useMay('members.write')
  const [inviting, setInviting] = useState(false)
  return (
    <Page
      title="Members"
      description="The people who sign in to this Console. A role says what each may do; it is the same in Test and Live."
      actions={
        may && (
          <Button kind="primary" onClick={() => setInviting(true)}>
            <UserPlus aria-hidden="true" /> Invite
          </Button>
        )
      }
    >
      {members.error && <LoadFault error={members.error} onRetry={() => void members.refetch()} />}
      {members.isPending && <Skeleton lines={5} />}
      {members.data && <MemberList members={members.data} />}
      <InvitationList />
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </Page>
  )
}
