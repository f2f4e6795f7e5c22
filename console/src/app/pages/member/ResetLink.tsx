import { useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { faultText } from '@/api/fault'
import { Button, CodeBlock, Dialog, Notice } from '@/ui'
import type { Member } from './queries'

/** A link with which a member sets a new password, to be passed on by hand. */
export function ResetLink({ member, onClose }: { member: Member; onClose: () => void }) {
  const [url, setUrl] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const make = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      const params = { path: { id: member.id } }
      const made = consoleApi.POST('/console/api/member/{id}/reset-link', { params })
      setUrl((await unwrap(made)).url)
    } catch (error) {
      setProblem(faultText(error))
    } finally {
      setBusy(false)
    }
  }
  if (url) {
    return (
      <Dialog
        open
        onClose={onClose}
        keep
        title={`Reset link for ${member.name}`}
        actions={
          <Button kind="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <Notice tone="warn" title="It is shown only now.">
          Whoever has this link sets {member.name}’s password. Pass it on where nobody else reads.
          It works once and for a day.
        </Notice>
        <CodeBlock text={url} label="Reset link" />
      </Dialog>
    )
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Make a reset link for ${member.name}?`}
      description="With it they set a new password without knowing the old one. You pass the link on yourself; their sessions end when it is used."
      onSubmit={() => void make()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" busy={busy}>
            Make the link
          </Button>
        </>
      }
    >
      {problem && <Notice tone="bad">{problem}</Notice>}
    </Dialog>
  )
}
