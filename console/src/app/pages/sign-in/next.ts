import { useRouter } from '@tanstack/react-router'
import { useCallback } from 'react'
import { safeNext } from './safeNext'

/** Leaves the sign-in's pages. They are replaced: Back does not return to them. */
export function useLeave() {
  const { history } = useRouter()
  return useCallback((next?: unknown) => history.replace(safeNext(next)), [history])
}
