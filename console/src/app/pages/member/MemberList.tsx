import { useUrlState } from '@/app/links'
import { SearchField } from '@/app/SearchField'
import { useMay, useSignedIn } from '@/app/session'
import { Badge, Card, type Column, Copyable, Table, Time } from '@/ui'
import { MemberMenu } from './MemberMenu'
import style from './Members.module.css'
import type { Member } from './queries'
import { roleLabel } from './roles'

/** A list that is seen whole needs no search. */
const WORTH_A_SEARCH = 8

export function MemberList({ members }: { members: Member[] }) {
  const [{ q }, change] = useUrlState({ q: '' })
  const may = useMay('members.write')
  const wanted = q.trim().toLowerCase()
  const shown = members.filter(member =>
    `${member.name} ${member.email} ${roleLabel(member.role)}`.toLowerCase().includes(wanted),
  )
  return (
    <>
      {(members.length >= WORTH_A_SEARCH || q) && (
        <div className={style.search}>
          <SearchField
            label="Search members"
            placeholder="Name, e-mail or role"
            value={q}
            onChange={value => void change({ q: value })}
          />
        </div>
      )}
      <Card flush>
        {shown.length > 0 ? (
          <Table
            label="Members"
            columns={may ? [...columns, actions] : columns}
            rows={shown}
            rowKey={member => member.id}
          />
        ) : (
          <p className={style.none}>No member matches “{q}”.</p>
        )}
      </Card>
    </>
  )
}

function Person({ member }: { member: Member }) {
  const me = useSignedIn().member
  return (
    <div className={style.person}>
      <span className={style.name}>
        {member.name}
        {member.id === me.id && <Badge>You</Badge>}
        <LockBadge until={member.locked_until} />
      </span>
      <span className={style.email}>{member.email}</span>
    </div>
  )
}

function LockBadge({ until }: { until: string | null }) {
  if (!until || new Date(until) <= new Date()) return null
  return (
    <Badge tone="bad">
      Locked, opens <Time at={until} />
    </Badge>
  )
}

const columns: Column<Member>[] = [
  { name: 'Member', cell: member => <Person member={member} /> },
  {
    name: 'Role',
    cell: member => (
      <Badge tone={member.role === 'owner' ? 'good' : 'plain'}>{roleLabel(member.role)}</Badge>
    ),
  },
  {
    name: 'Two-factor',
    cell: member => (
      <Badge tone={member.two_factor ? 'good' : 'warn'} dot>
        {member.two_factor ? 'On' : 'Off'}
      </Badge>
    ),
  },
  {
    name: 'Last sign-in',
    cell: member => (
      <span className={style.nowrap}>
        {member.last_sign_in_at ? <Time at={member.last_sign_in_at} /> : 'Never'}
      </span>
    ),
  },
  {
    name: 'Joined',
    cell: member => (
      <span className={style.nowrap}>
        <Time at={member.created_at} />
      </span>
    ),
  },
  {
    name: 'Id',
    cell: member => (
      <div className={style.id}>
        <Copyable text={member.id} label="Copy member id" />
      </div>
    ),
  },
]

const actions: Column<Member> = {
  name: 'Actions',
  hideName: true,
  end: true,
  cell: member => <MemberMenu member={member} />,
}
