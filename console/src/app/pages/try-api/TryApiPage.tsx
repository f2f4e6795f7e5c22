import { Page } from '@/ui'

export const TryApiPage = () => <Page title="TryApiPage">{null}</Page>
