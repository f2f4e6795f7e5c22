import { Page } from '@/ui'

export const ConnectorsPage = () => <Page title="ConnectorsPage">{null}</Page>
