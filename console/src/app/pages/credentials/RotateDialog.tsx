import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Environment } from '@/api/client'
import { Button, Choices, Confirm, CopyButton, Dialog } from '@/ui'
import style from './Credentials.module.css'
import { environmentNames, keysQuery, rotateKey, usePlace } from './keys'

const graces = [
  {
    value: '0',
    label: 'At once',
    help: 'The next call with the old key is refused. Right when it may have leaked.',
  },
  { value: '3600', label: 'After 1 hour' },
  { value: '86400', label: 'After 24 hours', help: 'Time to roll the new key out.' },
  { value: '604800', label: 'After 7 days' },
]

type RotateDialogProps = {
  environment: Environment
  open: boolean
  onClose: () => void
  /** The new key, for the page to show. */
  onKey: (key: string) => void
}

/** Makes a new key, asks until when the old one works, and shows the new one. */
export function RotateDialog({ environment, open, onClose, onKey }: RotateDialogProps) {
  const place = usePlace(environment)
  const queries = useQueryClient()
  const [grace, setGrace] = useState('0')
  const [made, setMade] = useState<string>()
  const name = environmentNames[environment]
  const rotate = async () => {
    const key = await rotateKey(place, Number(grace))
    setMade(key)
    onKey(key)
    await queries.invalidateQueries({ queryKey: keysQuery(place).queryKey })
  }
  return (
    <>
      <Confirm
        open={open}
        onClose={onClose}
        title={`Regenerate the ${name} key?`}
        action={`Regenerate ${name} key`}
        typed={environment === 'live' ? 'live' : undefined}
        onConfirm={rotate}
      >
        <p>
          A new key for <strong>{name}</strong> is made and works immediately. Customers stay
          connected and session tokens stay valid; the other environment is not touched.
        </p>
        <Choices
          label="When does the old key stop working?"
          value={grace}
          choices={graces}
          onChange={setGrace}
        />
      </Confirm>
      <Dialog
        open={made !== undefined}
        onClose={() => setMade(undefined)}
        keep
        title={`New ${name} key`}
        description={
          grace === '0'
            ? 'The old key no longer works. Put this one into your server now.'
            : 'Both keys work until the old one ends. Put this one into your server before.'
        }
        actions={
          <Button kind="primary" onClick={() => setMade(undefined)}>
            Done
          </Button>
        }
      >
        <div className={style.made} data-environment={environment}>
          <code data-testid="new-key">{made}</code>
          <CopyButton text={made ?? ''} label="Copy new key" />
        </div>
      </Dialog>
    </>
  )
}
