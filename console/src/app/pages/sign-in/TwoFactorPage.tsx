import { useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { TwoFactorSetup } from '@/app/pages/profile/TwoFactorSetup'
import { useAdoptSession, useSignedIn } from '@/app/session'
import { useLeave } from './next'
import { Visitor } from './Visitor'

/** Where a member is sent who must set up two-factor before anything else. */
export function TwoFactorPage() {
  const search: Record<string, unknown> = useSearch({ strict: false })
  const { member, organization, two_factor_due } = useSignedIn()
  // Not the state of now: the recovery codes must stay on the screen when it is no longer due.
  const [due] = useState(two_factor_due)
  const adopt = useAdoptSession()
  const leave = useLeave()
  useEffect(() => {
    if (!due) leave(search.next)
  }, [due, leave, search.next])
  const done = async () => {
    await adopt()
    leave(search.next)
  }
  const signOut = async () => {
    await unwrap(consoleApi.POST('/console/api/sign-out'))
    // A fresh start: nothing that this member has seen stays in the browser's memory.
    location.assign('/console/sign-in')
  }
  return (
    <Visitor
      title="Set up two-factor"
      description={`${organization?.name ?? 'Your organization'} asks every member for a one-time code beside the password.`}
      foot={
        <>
          <span>{member.email}</span>
          <button type="button" onClick={() => void signOut()}>
            Sign out
          </button>
        </>
      }
    >
      <TwoFactorSetup onDone={done} />
    </Visitor>
  )
}
