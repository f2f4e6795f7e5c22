import type { ReactNode } from 'react'
import { Button } from './Button'
import { CodeBlock } from './Copy'
import { Dialog } from './Dialog'
import { Notice } from './Notice'

type SecretOnceProps = {
  title: string
  /** By name, such as "Secret"; the server will not show them again. */
  secrets: [string, string][]
  note?: string
  children?: ReactNode
  onClose: () => void
}

/** A secret that is shown this once. A stray click does not close it. */
export function SecretOnce({
  title,
  secrets,
  note = 'It cannot be shown again after this dialog is closed.',
  children,
  onClose,
}: SecretOnceProps) {
  return (
    <Dialog
      open
      keep
      wide
      onClose={onClose}
      title={title}
      actions={
        <Button kind="primary" onClick={onClose}>
          I have stored it
        </Button>
      }
    >
      <Notice tone="warn" title="Copy it now.">
        {note}
      </Notice>
      {secrets.map(([name, secret]) => (
        <div key={name}>
          {secrets.length > 1 && <h3>{name}</h3>}
          <CodeBlock text={secret} label={name} />
        </div>
      ))}
      {children}
    </Dialog>
  )
}
