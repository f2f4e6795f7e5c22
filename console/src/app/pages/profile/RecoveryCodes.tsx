import { Download } from 'lucide-react'
import { useState } from 'react'
import { saveText } from '@/app/download'
import { Button, CopyButton, classes, Notice } from '@/ui'
import style from './TwoFactorSetup.module.css'

/** Shown once; they are the way in when the authenticator is lost. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => unknown }) {
  const [busy, setBusy] = useState(false)
  const text = codes.join('\n')
  const done = async () => {
    setBusy(true)
    await onDone()
    setBusy(false)
  }
  return (
    <div className={style.setup}>
      <Notice tone="good" title="Two-factor is on.">
        Save these recovery codes now: they are shown only this once. Each signs you in one time
        when the authenticator is not at hand.
      </Notice>
      <ul className={style.codes} aria-label="Recovery codes">
        {codes.map(code => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className={style.row}>
        <Button onClick={() => saveText('trunnel-recovery-codes.txt', `${text}\n`)}>
          <Download aria-hidden="true" /> Download
        </Button>
        <CopyButton text={text} label="Copy all recovery codes" />
      </div>
      <div className={classes(style.row, style.end)}>
        <Button kind="primary" busy={busy} onClick={() => void done()}>
          I have saved them
        </Button>
      </div>
    </div>
  )
}
