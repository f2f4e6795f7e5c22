import { Lock } from 'lucide-react'
import type { ReactNode } from 'react'
import { A } from '@/app/links'
import { roleLabel } from '@/app/pages/member/roles'
import { useMay, useSignedIn } from '@/app/session'
import { Empty } from '@/ui'

type NeedsPermissionProps = { permission: string; children: ReactNode }

/** What a role may not see is not asked for: the page says why it is empty. */
export function NeedsPermission({ permission, children }: NeedsPermissionProps) {
  const { member } = useSignedIn()
  if (useMay(permission)) return children
  return (
    <Empty icon={<Lock />} title="Your role may not see this">
      You are {roleLabel(member.role)}, which does not hold <code>{permission}</code>. The page{' '}
      <A to="/settings/roles">Roles</A> says who does; an owner or admin can change your role.
    </Empty>
  )
}
