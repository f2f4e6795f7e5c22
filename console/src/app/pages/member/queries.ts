import { useQuery } from '@tanstack/react-query'
import { consoleApi, type Schema, unwrap } from '@/api/client'

export type Member = Schema<'Member'>
export type Invitation = Schema<'Invitation'>

export const membersKey = ['member'] as const
export const invitationsKey = ['invitation'] as const

export const useMembers = (enabled = true) =>
  useQuery({
    queryKey: membersKey,
    queryFn: async () => (await unwrap(consoleApi.GET('/console/api/member'))).members,
    enabled,
  })

export const useInvitations = () =>
  useQuery({
    queryKey: invitationsKey,
    queryFn: async () => (await unwrap(consoleApi.GET('/console/api/invitation'))).invitations,
  })
