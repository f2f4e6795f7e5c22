import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { faultText } from '@/api/fault'
import { NeedsPermission } from '@/app/NeedsPermission'
import { useMay, useSignedIn } from '@/app/session'
import {
  Badge,
  Button,
  Card,
  CodeBlock,
  Copyable,
  Facts,
  LoadFault,
  Notice,
  Page,
  Skeleton,
} from '@/ui'

/** Whether mail goes out, and how it is set up. */
export const MailPage = () => (
  <Page
    title="Mail"
    description="Trunnel mails invitations and codes for a forgotten password. Whoever runs the server sets the mail server."
    narrow
  >
    <NeedsPermission permission="settings.read">
      <MailState />
    </NeedsPermission>
  </Page>
)

function MailState() {
  const mail = useQuery({
    queryKey: ['mail'],
    queryFn: () => unwrap(consoleApi.GET('/console/api/mail')),
  })
  if (mail.data) return mail.data.configured ? <MailSet {...mail.data} /> : <MailMissing />
  if (mail.isPending) return <Skeleton lines={3} />
  return <LoadFault error={mail.error} onRetry={() => void mail.refetch()} />
}

function MailSet({ from, host }: { from: string | null; host: string | null }) {
  const may = useMay('settings.write')
  return (
    <Card
      title={
        <>
          Outgoing mail <Badge tone="good">Set up</Badge>
        </>
      }
    >
      <Facts
        facts={[
          ['Mail server', host ? <Copyable key="h" text={host} /> : 'Not named'],
          ['Sender', from ? <Copyable key="f" text={from} /> : 'Not named'],
        ]}
      />
      {may && <TestMail />}
    </Card>
  )
}

type Outcome = { tone: 'good' | 'bad'; title: string; text: string }

function TestMail() {
  const { member } = useSignedIn()
  const [busy, setBusy] = useState(false)
  const [outcome, setOutcome] = useState<Outcome>()
  const send = async () => {
    setBusy(true)
    setOutcome(undefined)
    try {
      await unwrap(consoleApi.POST('/console/api/mail/test'))
      const text = `It is on its way to ${member.email}. If it does not arrive, look among the unwanted mail.`
      setOutcome({ tone: 'good', title: 'The mail server has taken it.', text })
    } catch (error) {
      setOutcome({ tone: 'bad', title: 'The test mail was not sent.', text: faultText(error) })
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <p>A test mail goes to {member.email}.</p>
      <div>
        <Button busy={busy} onClick={() => void send()}>
          Send a test mail
        </Button>
      </div>
      <div aria-live="polite">
        {outcome && (
          <Notice tone={outcome.tone} title={outcome.title}>
            {outcome.text}
          </Notice>
        )}
      </div>
    </>
  )
}

const EXAMPLE = `TRUNNEL_SMTP_URL='smtps://user:password@smtp.example.com:465'
TRUNNEL_SMTP_FROM='Trunnel <trunnel@example.com>'`

const MailMissing = () => (
  <Card
    title={
      <>
        Outgoing mail <Badge tone="warn">Not set up</Badge>
      </>
    }
  >
    <p>
      Everything works without it: the link of an invitation is shown to you to pass on, and an
      owner or admin makes a reset link for whoever has forgotten the password.
    </p>
    <p>To have it mailed, set these for the server and start it again:</p>
    <CodeBlock text={EXAMPLE} label="Settings of the mail server" />
  </Card>
)
