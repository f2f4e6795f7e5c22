import { type ReactNode, useState } from 'react'
import { faultText } from '@/api/fault'
import { Button } from './Button'
import { Dialog } from './Dialog'
import { TextField } from './Field'
import { Notice } from './Notice'

type ConfirmProps = {
  open: boolean
  onClose: () => void
  title: ReactNode
  children?: ReactNode
  /** What the button says: the verb, such as "Delete account". */
  action: string
  /** What must be typed first; for what cannot be undone where customers are. */
  typed?: string
  /** Not red, for what does no harm. */
  mild?: boolean
  onConfirm: () => Promise<unknown>
}

/** Asks before something is done. It stays open, with the reason, when that fails. */
export function Confirm({
  open,
  onClose,
  title,
  children,
  action,
  typed,
  mild,
  onConfirm,
}: ConfirmProps) {
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const close = () => {
    setText('')
    setProblem(undefined)
    onClose()
  }
  const confirm = async () => {
    if (busy || (typed && text !== typed)) return
    setBusy(true)
    setProblem(undefined)
    try {
      await onConfirm()
      close()
    } catch (error) {
      setProblem(faultText(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      open={open}
      onClose={close}
      title={title}
      onSubmit={confirm}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button
            type="submit"
            kind={mild ? 'primary' : 'danger'}
            busy={busy}
            disabled={Boolean(typed) && text !== typed}
          >
            {action}
          </Button>
        </>
      }
    >
      {children}
      {typed && (
        <TextField
          label={
            <>
              Type <code>{typed}</code> to confirm
            </>
          }
          value={text}
          onChange={setText}
          autoComplete="off"
          autoFocus
        />
      )}
      {problem && <Notice tone="bad">{problem}</Notice>}
    </Dialog>
  )
}
