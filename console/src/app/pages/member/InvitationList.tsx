import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { useMay } from '@/app/session'
import { Badge, Button, Card, type Column, Confirm, LoadFault, Table, Time, toast } from '@/ui'
import style from './Members.module.css'
import { type Invitation, invitationsKey, useInvitations } from './queries'
import { roleLabel } from './roles'

/** Who was asked and has not answered. Nothing is shown while there is nobody. */
export function InvitationList() {
  const invitations = useInvitations()
  const may = useMay('members.write')
  if (invitations.error) {
    return <LoadFault error={invitations.error} onRetry={() => void invitations.refetch()} />
  }
  if (!invitations.data?.length) return null
  return (
    <Card title="Invitations" description="They wait for an answer." flush>
      <Table
        label="Invitations"
        columns={may ? [...columns, withdraw] : columns}
        rows={invitations.data}
        rowKey={invitation => invitation.id}
      />
    </Card>
  )
}

const columns: Column<Invitation>[] = [
  {
    name: 'Invited',
    cell: ({ name, email }) => (
      <div className={style.person}>
        <span className={style.name}>{name ?? email}</span>
        {name && <span className={style.email}>{email}</span>}
      </div>
    ),
  },
  { name: 'Role', cell: ({ role }) => <Badge>{roleLabel(role)}</Badge> },
  {
    name: 'By',
    cell: ({ invited_by, created_at }) => (
      <span className={style.nowrap}>
        {invited_by}, <Time at={created_at} />
      </span>
    ),
  },
  {
    name: 'Link ends',
    cell: ({ expires_at }) => (
      <span className={style.nowrap}>
        <Time at={expires_at} />
      </span>
    ),
  },
]

const withdraw: Column<Invitation> = {
  name: 'Actions',
  hideName: true,
  end: true,
  cell: invitation => <Withdraw invitation={invitation} />,
}

function Withdraw({ invitation }: { invitation: Invitation }) {
  const [asked, setAsked] = useState(false)
  const client = useQueryClient()
  const confirm = async () => {
    const params = { path: { id: invitation.id } }
    await unwrap(consoleApi.DELETE('/console/api/invitation/{id}', { params }))
    await client.invalidateQueries({ queryKey: invitationsKey })
    toast(`The invitation of ${invitation.email} is withdrawn`)
  }
  return (
    <>
      <Button small aria-label={`Withdraw ${invitation.email}`} onClick={() => setAsked(true)}>
        Withdraw
      </Button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={`Withdraw the invitation of ${invitation.email}?`}
        action="Withdraw"
        onConfirm={confirm}
      >
        <p>Its link ends at once. They can be invited again.</p>
      </Confirm>
    </>
  )
}
