import { useState } from 'react'
import type { Environment } from '@/api/client'
import { isFault } from '@/api/client'
import { faultText } from '@/api/fault'
import { useForm } from '@/api/form'
import { Button, Dialog, Notice, PasswordField } from '@/ui'
import { revealKey, usePlace } from './keys'

/**
 * A key that is in the clear only when somebody asks: `withKey` gives it to `use`, at once where
 * it is known, else after the server has answered and, in Live, the password was typed.
 */
export function useReveal(environment: Environment) {
  const place = usePlace(environment)
  const [key, setKey] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const [waiting, setWaiting] = useState<{ use: Use }>()

  const take = async (plain: string, use: Use) => {
    setKey(plain)
    setWaiting(undefined)
    await use(plain)
  }
  const withKey = async (use: Use) => {
    if (busy) return
    if (key) return use(key)
    if (environment === 'live') return setWaiting({ use })
    setBusy(true)
    setProblem(undefined)
    try {
      await take(await revealKey(place), use)
    } catch (error) {
      if (isFault(error, 'PASSWORD_REQUIRED')) setWaiting({ use })
      else setProblem(faultText(error))
    } finally {
      setBusy(false)
    }
  }
  const dialog = waiting && (
    <PasswordDialog
      onClose={() => setWaiting(undefined)}
      onPassword={async password => take(await revealKey(place, password), waiting.use)}
    />
  )
  return { key, withKey, busy, problem, dialog, show: setKey, hide: () => setKey(undefined) }
}

type Use = (key: string) => unknown

function PasswordDialog({
  onClose,
  onPassword,
}: {
  onClose: () => void
  onPassword: (password: string) => Promise<unknown>
}) {
  const form = useForm({ password: '' }, ({ password }) => onPassword(password))
  return (
    <Dialog
      open
      onClose={onClose}
      title="Reveal the Live key"
      description="This key reaches your customers' data. Enter your password to see it; that you did is written to the audit log."
      onSubmit={form.submit}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={form.busy} disabled={!form.values.password}>
            Reveal
          </Button>
        </>
      }
    >
      <PasswordField
        label="Your password"
        {...form.text('password')}
        autoComplete="current-password"
        autoFocus
      />
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
    </Dialog>
  )
}
