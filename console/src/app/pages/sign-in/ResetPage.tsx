import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { consoleApi, isFault, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { useAdoptSession } from '@/app/session'
import { Button, Notice } from '@/ui'
import { EndedLink, toSignIn } from './EndedLink'
import { NewPassword, passwordProblem } from './NewPassword'
import { useLeave } from './next'
import { Visitor, VisitorForm } from './Visitor'

/** Where the link leads that an admin has made for somebody who cannot sign in. */
export function ResetPage() {
  const { token = '' } = useParams({ strict: false })
  const adopt = useAdoptSession()
  const leave = useLeave()
  const [ended, setEnded] = useState(false)
  const form = useForm({ password: '' }, async body => {
    const params = { path: { token } }
    try {
      await adopt(
        await unwrap(consoleApi.POST('/console/api/reset-link/{token}', { params, body })),
      )
      leave()
    } catch (error) {
      if (isFault(error, 'LINK_INVALID')) return setEnded(true)
      throw error
    }
  })
  const submit = () => {
    const problem = passwordProblem(form.values.password)
    if (problem) return form.setError('password', problem)
    return form.submit()
  }
  if (ended) {
    return (
      <EndedLink>
        <p>Ask an owner or admin of your organization for a new one.</p>
      </EndedLink>
    )
  }
  return (
    <Visitor
      title="Set a new password"
      description="Every other browser where you are signed in is signed out."
      foot={toSignIn}
    >
      <VisitorForm onSubmit={submit}>
        {form.problem && <Notice tone="bad">{form.problem}</Notice>}
        <NewPassword label="New password" autoFocus {...form.text('password')} />
        <Button kind="primary" type="submit" busy={form.busy}>
          Set the password
        </Button>
      </VisitorForm>
    </Visitor>
  )
}
