import { useQuery } from '@tanstack/react-query'
import { consoleApi, type Schema, unwrap } from '@/api/client'

export type Role = Schema<'Role'>

const labels: Record<Role, string> = {
  owner: 'Owner',
  admin: 'Admin',
  developer: 'Developer',
  solutions: 'Solutions',
  external: 'External',
}

/** What people call a role. */
export const roleLabel = (role: Role) => labels[role] ?? role

/** The roles and what each may do, as the server enforces it. */
export const useRoles = () =>
  useQuery({
    queryKey: ['role'],
    queryFn: () => unwrap(consoleApi.GET('/console/api/role')),
    staleTime: Number.POSITIVE_INFINITY,
  })
