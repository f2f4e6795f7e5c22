import { Link, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { type Session, useSession } from '@/app/session'
import { buttonClass, CodeBlock, classes, LoadFault, Notice, Skeleton } from '@/ui'
import { useLeave } from './next'
import { SignInForm } from './SignInForm'
import { safeNext } from './safeNext'
import { Or, Visitor, wholeWidth } from './Visitor'

export function SignInPage() {
  const search: Record<string, unknown> = useSearch({ strict: false })
  const { data: session, error, refetch } = useSession()
  const leave = useLeave()
  const signedIn = Boolean(session?.member)
  useEffect(() => {
    if (signedIn) leave(search.next)
  }, [signedIn, leave, search.next])

  if (error && !session) {
    return (
      <Visitor title="Sign in">
        <LoadFault error={error} onRetry={() => void refetch()} />
      </Visitor>
    )
  }
  if (!session || signedIn) {
    return (
      <Visitor title="Sign in">
        <Skeleton lines={3} />
      </Visitor>
    )
  }
  if (session.setup_needed) return <SetupFirst />
  return (
    <Visitor
      title="Sign in"
      foot={<Link to="/console/forgot-password">Forgot your password?</Link>}
    >
      <SignInForm>
        {search.ended === 'yes' && (
          <Notice>Your session has ended. Sign in and you are back where you were.</Notice>
        )}
        {typeof search.error === 'string' && <SsoProblem code={search.error} session={session} />}
        {session.sso && <SsoLink name={session.sso.name} next={search.next} />}
      </SignInForm>
    </Visitor>
  )
}

/** A navigation of the browser: the identity provider has its own pages. */
function SsoLink({ name, next }: { name: string; next: unknown }) {
  const query = new URLSearchParams({ next: safeNext(next) })
  return (
    <>
      <a
        className={classes(buttonClass(), wholeWidth)}
        href={`/console/api/sso/begin?${query.toString()}`}
      >
        Continue with {name}
      </a>
      <Or />
    </>
  )
}

function SsoProblem({ code, session }: { code: string; session: Session }) {
  const provider = session.sso?.name ?? 'The identity provider'
  const texts: Record<string, string> = {
    SSO_NOT_CONFIGURED: 'This server has no identity provider. Sign in with a password.',
    access_denied: `${provider} has refused, or you have stopped it. Nothing was changed.`,
  }
  return (
    <Notice tone="bad" title="Single sign-on has not worked">
      {texts[code] ?? (
        <>
          Try again; if it stays so, tell an admin this code: <code>{code}</code>
        </>
      )}
    </Notice>
  )
}

function SetupFirst() {
  return (
    <Visitor
      title="Set up Trunnel"
      description="This server has no owner yet. The set-up link is in the terminal where it was started; open it to become the owner."
    >
      <p>The link is no longer there? This makes a new one:</p>
      <CodeBlock text="trunnel member setup-link" label="Make a new set-up link" />
    </Visitor>
  )
}
