import type { ErrorComponentProps } from '@tanstack/react-router'
import { LoadFault } from '@/ui'

/** A page that could not be shown: a fault of ours, or a network that is gone. */
export const Broken = ({ error, reset }: ErrorComponentProps) => (
  <div style={{ maxWidth: 640, margin: '10vh auto', padding: 16 }}>
    <LoadFault
      error={error}
      onRetry={() => {
        reset()
        // A file of a version that is no longer served is found again by a fresh start.
        location.reload()
      }}
    />
  </div>
)
