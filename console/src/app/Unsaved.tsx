import { useBlocker } from '@tanstack/react-router'
import { Button, Dialog } from '@/ui'

/** Asks before a page with unsaved changes is left, in the app or by closing the tab. */
export function Unsaved({ when }: { when: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => when && current.pathname !== next.pathname,
    enableBeforeUnload: when,
    withResolver: true,
  })
  if (blocker.status !== 'blocked') return null
  return (
    <Dialog
      open
      onClose={blocker.reset}
      title="Leave without saving?"
      description="What you have changed on this page is not saved."
      actions={
        <>
          <Button onClick={blocker.reset}>Stay</Button>
          <Button kind="danger" onClick={blocker.proceed}>
            Leave
          </Button>
        </>
      }
    />
  )
}
