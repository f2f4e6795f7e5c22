import { Choices, LoadFault, Skeleton } from '@/ui'
import { type Role, useRoles } from './roles'

type RoleChoicesProps = { value: Role; onChange: (role: Role) => void; error?: string }

/** The roles that can be given, each with what it means; the owner is made otherwise. */
export function RoleChoices({ value, onChange, error }: RoleChoicesProps) {
  const roles = useRoles()
  if (roles.error) return <LoadFault error={roles.error} onRetry={() => void roles.refetch()} />
  if (!roles.data) return <Skeleton lines={4} />
  const given = roles.data.roles.filter(({ role }) => role !== 'owner')
  return (
    <Choices
      label="Role"
      value={value}
      error={error}
      onChange={role => onChange(role as Role)}
      choices={given.map(({ role, label, description }) => ({
        value: role,
        label,
        help: description,
      }))}
    />
  )
}
